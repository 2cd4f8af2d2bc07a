import { Report, ReportFinding } from '../model/report.js';
import type { RenderOptions } from './options.js';
import { byText, compareFindings } from './order.js';
import { jsonText } from './text.js';

function sortedKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => byText(a, b)));
}

/** A finding with its keys in the schema's order; what the published schema would not accept is refused. */
function published(given: ReportFinding): ReportFinding {
  const finding = ReportFinding.parse(given);
  const backtest = finding.recommendation?.backtest;
  if (backtest) backtest.figures = sortedKeys(backtest.figures);
  return { ...finding, links: sortedKeys(finding.links) };
}

function indented(value: unknown, spaces: string): string {
  return jsonText(value).replaceAll('\n', `\n${spaces}`);
}

/** The items of a list, a line or more each. */
function* itemPieces<T>(items: readonly T[], asWritten: (item: T) => unknown): Generator<string> {
  for (const [index, item] of items.entries())
    yield `    ${indented(asWritten(item), '    ')}${index < items.length - 1 ? ',' : ''}\n`;
}

/**
 * The text of `renderJson` in pieces of whole lines: that of a large fleet has tens of megabytes, and is better written
 * than held.
 */
export function* jsonPieces(report: Report, { allStates = false }: RenderOptions = {}): Generator<string> {
  const findings = report.findings.filter(({ state }) => allStates || state === 'finding').sort(compareFindings);
  const entries = Object.entries(Report.parse({ ...report, findings: [] }));
  yield '{\n';
  for (const [index, [name, value]] of entries.entries()) {
    const comma = index < entries.length - 1 ? ',' : '';
    if (name === 'findings' && findings.length > 0) {
      yield '  "findings": [\n';
      yield* itemPieces(findings, published);
      yield `  ]${comma}\n`;
    } else yield `  ${JSON.stringify(name)}: ${indented(value, '  ')}${comma}\n`;
  }
  yield '}\n';
}

/** The report as JSON (docs/report.schema.json): the same report gives the same bytes. Findings only, unless `allStates`. */
export function renderJson(report: Report, options: RenderOptions = {}): string {
  return [...jsonPieces(report, options)].join('');
}
