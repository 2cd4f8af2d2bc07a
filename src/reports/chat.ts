import type { Report, ReportFinding } from '../model/report.js';
import { openingSentence } from './changes.js';
import { formatCount } from './format.js';
import type { RenderOptions } from './options.js';
import { findingsInTurn, findingsOf } from './order.js';
import { impactText, whereText } from './summary.js';
import { shown } from './text.js';

/** Discord takes 2,000 characters, Slack and Teams more. */
const LONGEST = 2_000;
const TOP = 5;
const LONGEST_NAME = 80;
const LONGEST_TITLE = 120;

/** Text of a chat that nobody is called by and that no client formats: Slack's three entities, `@` and marks broken. */
export function escapeChat(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@\u200b')
    .replaceAll('://', ':\u200b//')
    .replaceAll(/[*_~`|]/g, '\u200b$&');
}

function line(finding: ReportFinding): string {
  const where = escapeChat(shown(whereText(finding), LONGEST_NAME));
  return `• *${finding.severity}* ${escapeChat(shown(finding.title, LONGEST_TITLE))} – ${where} – ${escapeChat(impactText(finding))}`;
}

/** The report in a few lines for a chat: what it costs, what to look at first, where the rest is. */
export function renderChat(report: Report, { htmlPath }: RenderOptions = {}): string {
  const total = findingsOf(report).length;
  const lines = [`*sparkfit*: ${escapeChat(openingSentence(report))}`];
  const end = htmlPath ? [`Full report: ${escapeChat(htmlPath)}`] : [];
  let length = [...lines, ...end].join('\n').length + 40;
  let told = 0;
  for (const finding of findingsInTurn(report).slice(0, TOP)) {
    const text = line(finding);
    length += text.length + 1;
    if (length > LONGEST) break;
    lines.push(text);
    told++;
  }
  if (total > told) lines.push(`… and ${formatCount(total - told, 'more finding')}.`);
  return `${[...lines, ...end].join('\n')}\n`;
}
