import type { Severity } from '../../model/finding.js';
import type { Report, ReportFinding } from '../../model/report.js';
import { formatCount, formatIsoWindow, formatValue } from '../format.js';
import { confidenceText, impactText, whereText } from '../summary.js';
import { plain, shown, wrap } from '../text.js';
import { INDENT, labelled, type Page } from './page.js';

/** Evidence beyond this is in the other formats. */
const EVIDENCE_SHOWN = 4;

function severityColor(colors: Page['colors'], severity: Severity): (text: string) => string {
  return { critical: colors.red, warning: colors.yellow, info: colors.cyan }[severity];
}

/** What an evidence stands on, as far as the report's head does not say it. */
function evidenceBasis({ window, samples }: ReportFinding['evidence'][number], report: Report): string {
  const isReports = window.since === report.window.since && window.until === report.window.until;
  return [isReports ? '' : formatIsoWindow(window), samples > 1 ? formatCount(samples, 'sample') : '']
    .filter(Boolean)
    .join(', ');
}

function evidenceText(finding: ReportFinding, report: Report): string {
  const told = finding.evidence.slice(0, EVIDENCE_SHOWN);
  const bases = told.map((evidence) => evidenceBasis(evidence, report));
  const [first = ''] = bases;
  // What all stand on is said once, at the end.
  const common = told.length > 1 && bases.every((basis) => basis === first) ? first : '';
  const texts = told.map(({ metric, value, unit }, i) => {
    const basis = common ? '' : bases[i];
    return `${shown(metric)} ${shown(formatValue(value, unit))}${basis ? ` (${basis})` : ''}`;
  });
  const more = finding.evidence.length - told.length;
  if (more > 0) texts.push(`${more} more in the HTML report`);
  return `${texts.join('; ')}${common ? ` (each: ${common})` : ''}`;
}

/** One finding: what, where, evidence, effect, confidence, what to change. */
export function findingLines(page: Page, report: Report, finding: ReportFinding, number: number): string[] {
  const { colors } = page;
  const paint = severityColor(colors, finding.severity);
  const head = `${String(number).padStart(2)}. `;
  const word = finding.severity.toUpperCase();
  const lines = wrap(`${word} ${shown(finding.title)}`, page.columns - INDENT).map((line, i) =>
    i === 0
      ? `${head}${paint(word)}${colors.bold(line.slice(word.length))}`
      : `${' '.repeat(INDENT)}${colors.bold(line)}`,
  );
  const { confidence, recommendation } = finding;
  const why = confidence.why ? ` – ${shown(confidence.why)}` : '';
  return [
    ...lines,
    ...labelled(page, 'where', whereText(finding)),
    ...labelled(page, 'evidence', evidenceText(finding, report)),
    ...labelled(page, 'effect', impactText(finding), finding.impact.usdPerMonth ? colors.green : undefined),
    ...labelled(page, 'confidence', `${confidenceText(finding)}${why}`),
    ...(recommendation ? labelled(page, 'change', shown(recommendation.summary)) : []),
    ...(recommendation?.risk ? labelled(page, 'risk', shown(recommendation.risk)) : []),
    ...labelled(page, 'rule', `${plain(finding.rule)}  #${plain(finding.fingerprint)}`, colors.dim),
    '',
  ];
}
