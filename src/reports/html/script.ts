/**
 * The page's script: search, filter, sort, copy, deep link. Without it the page is complete, only without these.
 * It reads what the page holds and writes no markup.
 */
export const SCRIPT = `
(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');
  const list = document.querySelector('.findings');
  const cards = list ? [...list.children] : [];
  const order = new Map(cards.map((card, i) => [card, i]));
  const texts = new Map();
  const field = (name) => document.getElementById(name);
  const textOf = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };
  const number = (card, key) => (card.dataset[key] === undefined ? -Infinity : Number(card.dataset[key]));
  const rank = { critical: 0, warning: 1, info: 2 };
  const compare = {
    order: () => 0,
    money: (a, b) => number(b, 'usd') - number(a, 'usd') || 0,
    severity: (a, b) => rank[a.dataset.severity] - rank[b.dataset.severity],
    confidence: (a, b) => number(b, 'confidence') - number(a, 'confidence'),
    where: (a, b) => (a.dataset.where < b.dataset.where ? -1 : a.dataset.where > b.dataset.where ? 1 : 0),
  };

  function filter() {
    const words = field('search').value.toLowerCase().split(/\\s+/).filter(Boolean);
    const severity = field('severity').value;
    const family = field('family').value;
    let shown = 0;
    for (const card of cards) {
      const fits = (!severity || card.dataset.severity === severity) && (!family || card.dataset.family === family)
        && words.every((word) => textOf(card).includes(word));
      card.hidden = !fits;
      if (fits) shown += 1;
    }
    field('count').textContent = shown === cards.length ? cards.length + ' findings' : shown + ' of ' + cards.length + ' findings';
  }

  function sort() {
    const by = compare[field('sort').value] ?? compare.order;
    const sorted = [...cards].sort((a, b) => by(a, b) || order.get(a) - order.get(b));
    list.append(...sorted);
  }

  async function copy(button) {
    const pre = button.closest('.patch').querySelector('pre');
    let done = true;
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(pre);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand('copy');
    }
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  }

  function openLinked() {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* a stray % in the link: taken as it is */ }
    const target = id.startsWith('finding=') ? document.getElementById(id) : null;
    for (const card of document.querySelectorAll('.card.target')) card.classList.remove('target');
    if (!target) return;
    const card = target.closest('.card');
    if (card.hidden) {
      for (const name of ['search', 'severity', 'family']) field(name).value = '';
      filter();
    }
    target.open = true;
    card.classList.add('target');
    target.scrollIntoView({ block: 'start' });
    target.querySelector('summary').focus({ preventScroll: true });
  }

  let closed = [];
  addEventListener('beforeprint', () => {
    closed = cards.filter((card) => !card.hidden).map((card) => card.querySelector('details')).filter((part) => part && !part.open);
    for (const part of closed) part.open = true;
  });
  addEventListener('afterprint', () => { for (const part of closed) part.open = false; });

  if (cards.length) {
    field('search').addEventListener('input', filter);
    for (const name of ['severity', 'family']) field(name).addEventListener('change', filter);
    field('sort').addEventListener('change', sort);
    field('open-all').addEventListener('click', (event) => {
      const open = event.currentTarget.getAttribute('aria-pressed') !== 'true';
      event.currentTarget.setAttribute('aria-pressed', String(open));
      event.currentTarget.textContent = open ? 'Close all' : 'Open all';
      for (const card of cards) if (!card.hidden) card.querySelector('details').open = open;
    });
    filter();
  }
  document.addEventListener('click', (event) => {
    const button = event.target.closest('.copy');
    if (button) copy(button);
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '');
    const search = field('search');
    if (!search) return;
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === 'Escape' && document.activeElement === search) {
      search.value = '';
      filter();
    }
  });
  addEventListener('hashchange', openLinked);
  openLinked();
  // The browser goes to the fragment itself once the page is loaded, and takes the focus along.
  addEventListener('load', () => setTimeout(openLinked));
})();
`;
