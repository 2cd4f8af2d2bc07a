import { escapeMarkdown } from '../../reports/markdown.js';
import type { Gate } from '../gate.js';
import type { SessionComparison } from '../session-comparison.js';
import {
  adviceText,
  differenceText,
  headlineOf,
  intervalText,
  pText,
  shiftText,
  valueText,
  verdictWord,
} from './text.js';

function tableOf(comparison: SessionComparison): string[] {
  return [
    '| workload | metric | a | b | change | interval | p (corrected) | verdict |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...comparison.metrics.map((row) => {
      const cells = [
        `${row.workload}: ${row.variants.join(' → ')}`,
        row.name,
        valueText(row, row.medianA),
        valueText(row, row.medianB),
        shiftText(row),
        intervalText(row),
        pText(row.pAdjusted),
      ].map(escapeMarkdown);
      return `| ${cells.join(' | ')} | **${verdictWord(row.verdict)}** |`;
    }),
  ];
}

function listOf(title: string, texts: readonly string[]): string[] {
  return texts.length ? ['', `**${title}**`, '', ...texts.map((text) => `- ${escapeMarkdown(text)}`)] : [];
}

function detailsOf(comparison: SessionComparison): string[] {
  const undecided = comparison.metrics.flatMap((row) => {
    const advice = adviceText(row);
    return advice ? [`${row.workload} ${row.name}: ${advice}`] : [];
  });
  return [
    ...listOf(
      'Why',
      comparison.reasons.flatMap(({ workload, texts }) => texts.map((text) => `${workload}: ${text}`)),
    ),
    ...listOf('Undecided', undecided),
    ...listOf('Not complete', comparison.notes),
    ...listOf(
      'Failed runs',
      comparison.failures.map(
        ({ workload, variant, run, state, message }) =>
          `${workload}/${variant} run ${run}: ${state}${message ? `: ${message}` : ''}`,
      ),
    ),
    ...listOf('Environments differ', comparison.environmentDifferences.map(differenceText)),
  ];
}

/** A comparison as a pull-request comment. */
export function comparisonMarkdown(comparison: SessionComparison): string {
  return [
    `### Benchmark ${escapeMarkdown(comparison.suite)}: ${escapeMarkdown(headlineOf(comparison))}`,
    '',
    ...tableOf(comparison),
    ...detailsOf(comparison),
    '',
  ].join('\n');
}

/** A gate as a pull-request comment: the checks first. */
export function gateMarkdown(gate: Gate): string {
  const mark = { pass: '✅', fail: '❌', unknown: '❔' } as const;
  const checks = gate.results.map(
    ({ row, limit, state, text }) =>
      `- ${mark[state]} ${escapeMarkdown(`${row.workload}/${row.variants[1]} ${limit?.text ?? row.name}: ${text}`)}`,
  );
  return [`## ${escapeMarkdown(gate.headline)}`, '', ...checks, '', comparisonMarkdown(gate.comparison)].join('\n');
}
