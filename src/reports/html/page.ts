import { createHash } from 'node:crypto';
import type { Report } from '../../model/report.js';
import { formatIsoTime } from '../format.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';
import { type Html, html, trusted } from './template.js';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** Null where there is nothing to tell. */
  readonly content: Html | null;
}

export interface Page {
  readonly title: string;
  /** Beside the name of the program: what the page is about. */
  readonly brand: Html;
  readonly headline: string;
  /** What the figures stand on. */
  readonly basis: Html;
  readonly tiles: Html;
  readonly sections: readonly Section[];
  readonly report: Report;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Nothing may be fetched, and nothing may run but the page's own script. */
function contentPolicy(): string {
  return `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`;
}

/** One file that needs nothing else: works offline, on paper, in light and dark, and without its script. */
export function renderPage({ title, brand, headline, basis, tiles, sections, report }: Page): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(contentPolicy())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
<header class="page-head">
<p class="brand"><strong>sparkfit</strong> ${brand}</p>
<h1>${headline}</h1>
<p class="muted">${basis}</p>
${tiles}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(
  ({
    id,
    title,
    content,
  }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>
`,
)}</main>
<footer><p>Made by sparkfit ${report.tool.version} at ${formatIsoTime(report.generatedAt)}. This file holds all of its data and makes no request.</p></footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}
