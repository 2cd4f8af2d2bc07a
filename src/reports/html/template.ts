import { plainLines } from '../text.js';

/** Markup that is safe to put into a page: only `html` makes it. */
export class Html {
  constructor(readonly text: string) {}
}

export type Value = Html | string | number | null | undefined | false | readonly Value[];

const ENTITY: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

export function escapeHtml(text: string): string {
  return plainLines(text).replaceAll(/[&<>"'`]/g, (character) => ENTITY[character] ?? '');
}

function markup(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(value);
  return value.map(markup).join('');
}

/**
 * A piece of the page. Whatever is put into it is escaped, unless it was made by `html` itself;
 * attribute values must be quoted.
 */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(strings.map((string, i) => string + markup(values[i])).join(''));
}

/** Our own style sheet or script, which no outside text ever enters. */
export function trusted(text: string): Html {
  return new Html(text);
}
