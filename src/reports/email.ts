import type { Report, ReportFinding } from '../model/report.js';
import { openingSentence } from './changes.js';
import { formatCount, formatUsdPerMonth } from './format.js';
import { type Html, html } from './html/template.js';
import { DEFAULT_TOP, type RenderOptions } from './options.js';
import { findingsInTurn, findingsOf } from './order.js';
import { basisText, impactText, priceSourceText, whereText } from './summary.js';
import { shown } from './text.js';

/** Mail programs know tables and styles on elements, and neither style sheets nor scripts nor SVG. */
const FONT = 'font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.45;color:#17212e';
const MUTED = 'color:#525e6d;font-size:13px';
const COLOR = { critical: '#931414', warning: '#6d4400', info: '#0c4791' } as const;

function row(finding: ReportFinding): Html {
  const { severity, recommendation } = finding;
  const change = recommendation ? html`<br>${shown(recommendation.summary, 400)}` : null;
  return html`<tr><td style="padding:10px 0;border-top:1px solid #d7dde4;vertical-align:top">
<span style="color:${COLOR[severity]};font-weight:bold">${severity}</span> <strong>${shown(finding.title)}</strong><br>
<span style="${MUTED}">${whereText(finding)}</span>${change}<br><span style="${MUTED}">${impactText(finding)}</span></td></tr>
`;
}

function namespaces(report: Report): Html | null {
  const rows = report.spend.byNamespace.filter(({ usdPerMonth }) => usdPerMonth !== null).slice(0, 5);
  if (!rows.length) return null;
  const cells = rows.map(
    ({ key, usdPerMonth }) =>
      html`<tr><td style="padding:3px 12px 3px 0">${shown(key)}</td><td style="padding:3px 0;text-align:right">${formatUsdPerMonth(usdPerMonth)}</td></tr>`,
  );
  return html`<h2 style="font-size:17px;margin:24px 0 6px">What costs most</h2><table role="presentation" cellpadding="0" cellspacing="0" style="${FONT}">${cells}</table>`;
}

/** The report as the body of an e-mail: no script, no style sheet, no picture, nothing to load. */
export function renderEmail(report: Report, { top = DEFAULT_TOP, htmlPath }: RenderOptions = {}): string {
  const told = findingsInTurn(report).slice(0, top);
  const left = findingsOf(report).length - told.length;
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>sparkfit: ${openingSentence(report)}</title></head>
<body style="margin:0;padding:16px;background:#ffffff">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;${FONT}"><tr><td>
<h1 style="font-size:20px;line-height:1.3;margin:0 0 10px">${openingSentence(report)}</h1>
<p style="${MUTED};margin:0 0 16px">${basisText(report)} Price source: ${priceSourceText(report)}.</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="${FONT}">${told.map(row)}</table>
${left > 0 ? html`<p>${formatCount(left, 'more finding')} in the full report.</p>` : null}
${namespaces(report)}
${htmlPath ? html`<p>Full report: ${htmlPath}</p>` : null}
<p style="${MUTED};margin-top:24px">Made by sparkfit ${report.tool.version}.</p>
</td></tr></table>
</body>
</html>
`;
  return page.text;
}
