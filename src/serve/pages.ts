import { createHash } from 'node:crypto';
import { formatIsoTime } from '../reports/format.js';
import { STYLE } from '../reports/html/style.js';
import { type Html, html, trusted } from '../reports/html/template.js';

/** What a report's own policy may hold: hashes and keywords, no address. */
const REPORT_POLICY = /<meta http-equiv="Content-Security-Policy" content="([a-z0-9 ;'+/=-]+)">/i;
const FRAMES = "frame-ancestors 'none'";
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** The policy of our own pages: nothing but this style sheet. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; ${FRAMES}`;

/** The policy that a report brings, as a header too; a report without one gets no script at all. */
export function policyOf(report: string): string {
  const own = REPORT_POLICY.exec(report.slice(0, 4_000))?.[1];
  return own?.startsWith("default-src 'none'") ? `${own}; ${FRAMES}` : `default-src 'none'; ${FRAMES}`;
}

function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title} – sparkfit</title><style>${trusted(STYLE)}</style></head>
<body><header class="page-head"><h1>${title}</h1></header><main>${content}</main></body>
</html>
`.text;
}

/** `2021-05-31T020000Z` as a time for people. */
function timeOf(name: string): string {
  return formatIsoTime(name.replace(/T(\d\d)(\d\d)(\d\d)Z$/, 'T$1:$2:$3Z'));
}

export function historyPage(names: readonly string[]): string {
  const items = names.map((name) => html`<li><a href="/history/${name}">${timeOf(name)}</a></li>`);
  const none = html`<p>No report is kept. Set <code>report.keep</code> to the number of nights to keep.</p>`;
  return page(
    'Earlier reports',
    html`<p><a href="/">The newest report</a></p>${items.length ? html`<ul>${items}</ul>` : none}`,
  );
}

export function messagePage(title: string, text: string): string {
  return page(title, html`<p>${text}</p>`);
}
