import { createHash } from 'node:crypto';
import { formatUsdPerMonth } from '../../reports/format.js';
import type { AlertEvent } from '../event.js';
import { type Places, type Post, REDACTED, redactor, reportLink, type Sink } from './sink.js';

const MOST_LINES = 10;
const WORD = { trigger: ':rotating_light:', resolve: ':white_check_mark: resolved –', change: ':wrench:' } as const;

/** Slack's three characters of markup; @ and others stand for themselves once < is gone. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function lineOf({ fingerprint, title, where, usdPerMonth }: AlertEvent['members'][number], places: Places): string {
  const money = usdPerMonth === null ? '' : ` – ${formatUsdPerMonth(usdPerMonth)}`;
  const name = escapeSlack(title).replaceAll('|', '¦');
  const text = places.reportUrl ? `<${escapeSlack(reportLink(places, fingerprint))}|${name}>` : name;
  return `• ${text} (${escapeSlack(where)})${money}`;
}

function textOf(event: AlertEvent, places: Places): string {
  const lines = event.action === 'resolve' ? [] : event.members.slice(0, MOST_LINES);
  const left = event.action === 'resolve' ? 0 : event.total - lines.length;
  return [
    `${WORD[event.action]} ${escapeSlack(event.summary)}`,
    ...lines.map((member) => lineOf(member, places)),
    ...(left > 0 ? [`… and ${left} more`] : []),
  ].join('\n');
}

/** A Slack incoming webhook: its URL is the secret. */
export function slack(url: string, places: Places): Sink {
  const postTo = (to: string, event: AlertEvent): Post => ({
    url: to,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: textOf(event, places), unfurl_links: false }),
  });
  return {
    id: 'slack',
    identity: createHash('sha256').update(url).digest('hex').slice(0, 16),
    forgets: false,
    takesChanges: true,
    accepts: (status) => status === 200,
    post: (event) => postTo(url, event),
    preview: (event) => postTo(REDACTED, event),
    redact: redactor([url]),
  };
}
