import type { BenchmarkMetric } from '../../model/report.js';
import { formatTime } from '../../model/window.js';
import { formatCount, formatValue } from '../../reports/format.js';
import { shown } from '../../reports/text.js';
import type { Validation } from '../../store/bench.js';
import type { EnvironmentDifference } from '../environment.js';
import type { MetricRow, SessionComparison } from '../session-comparison.js';

export function verdictWord(verdict: string): string {
  return verdict.replace('-', ' ');
}

/** `+10.2 %`, `from zero` where there is nothing to relate it to. */
export function shiftText(row: Pick<MetricRow, 'shiftPercent'>): string {
  return row.shiftPercent === null ? 'from zero' : signed(row.shiftPercent);
}

function signed(percent: number): string {
  const digits = Math.abs(percent) >= 100 ? 0 : 1;
  // A negative zero is none.
  const text = (Number(percent.toFixed(digits)) || 0).toFixed(digits);
  return `${percent > 0 && Number(text) !== 0 ? '+' : ''}${text} %`;
}

export function intervalText({ ciPercent, ciLevel }: Pick<MetricRow, 'ciPercent' | 'ciLevel'>): string {
  if (!ciPercent) return 'no interval: too few runs';
  const level = ciLevel === null ? '' : `${(ciLevel * 100).toFixed(1)} %: `;
  return `${level}${signed(ciPercent[0])} to ${signed(ciPercent[1])}`;
}

export function pText(p: number): string {
  return p < 0.0001 ? '<0.0001' : p.toFixed(4);
}

export function differenceText({ field, a, b, effect }: EnvironmentDifference): string {
  return `${shown(field)}: ${shown(String(a))} against ${shown(String(b))} (${effect === 'refuses' ? 'cannot be compared' : effect === 'warns' ? 'may explain a change' : 'for the record'})`;
}

const WORDS_OF_TEST: Record<MetricRow['test'], string> = {
  'mann-whitney-exact': 'Mann–Whitney, exact',
  'mann-whitney-asymptotic': 'Mann–Whitney, asymptotic',
  'signed-rank-exact': 'Wilcoxon signed-rank on blocks, exact',
  'signed-rank-asymptotic': 'Wilcoxon signed-rank on blocks, asymptotic',
};

export function testText({ test, n, p, pAdjusted }: MetricRow): string {
  return `${n[0]} against ${n[1]} runs, ${WORDS_OF_TEST[test]}, p ${pText(p)}, corrected ${pText(pAdjusted)}`;
}

/** What a benchmark said of a finding's patch, in one line. */
export function validationText(validation: Validation): string {
  const { verdict, metric, shiftPercent, lowPercent, highPercent, validatedMs } = validation;
  const interval =
    lowPercent === null || highPercent === null ? '' : ` (${signed(lowPercent)} to ${signed(highPercent)})`;
  const shift = metric === null ? '' : `: ${metric} ${shiftText({ shiftPercent })}${interval}`;
  return `patch validated by benchmark on ${formatTime(validatedMs)}: ${verdictWord(verdict)}${shift}`;
}

/** What is still to be done about an undecided metric. */
export function adviceText(row: MetricRow): string | null {
  if (row.verdict === 'invalid') return row.reason;
  if (row.verdict !== 'inconclusive') return row.reason;
  const runs = row.runsToDecide === null ? 'more than 1,000 runs' : `about ${formatCount(row.runsToDecide, 'run')}`;
  return `${row.reason ?? 'undecided'}: ${runs} a side would decide`;
}

/** A value with its unit; a run costs so little that dollars keep two digits, however small. */
export function valueText(row: { readonly unit: string }, value: number): string {
  if (row.unit === 'USD' && value > 0 && value < 0.1)
    return `$${value.toFixed(Math.min(9, 1 - Math.floor(Math.log10(value))))}`;
  return formatValue(value, row.unit);
}

/** `improved: etl time -10.2 %`. */
export function headlineOf(comparison: {
  readonly verdict: SessionComparison['verdict'];
  readonly metrics: readonly Pick<BenchmarkMetric, 'verdict' | 'shiftPercent' | 'workload' | 'name'>[];
}): string {
  const decided = comparison.metrics.filter(({ verdict }) => verdict === 'improved' || verdict === 'regressed');
  const [first] = [...decided].sort((x, y) => Math.abs(y.shiftPercent ?? 0) - Math.abs(x.shiftPercent ?? 0));
  const most = first ? `: ${shown(first.workload)} ${first.name} ${shiftText(first)}` : '';
  return `${verdictWord(comparison.verdict)}${most}`;
}
