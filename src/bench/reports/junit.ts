import { escapeHtml } from '../../reports/html/template.js';
import type { Gate } from '../gate.js';
import type { LimitResult } from '../limits.js';
import { intervalText, shiftText, valueText } from './text.js';

function caseOf(suite: string, { row, limit, state, text }: LimitResult): string {
  const name = escapeHtml(`${row.variants[1]} ${limit?.text ?? row.name}`);
  const figures = escapeHtml(
    `${valueText(row, row.medianA)} to ${valueText(row, row.medianB)}, ${shiftText(row)}, ${intervalText(row)}`,
  );
  const head = `  <testcase classname="${escapeHtml(`${suite}.${row.workload}`)}" name="${name}"`;
  if (state === 'fail') return `${head}><failure message="${escapeHtml(text)}">${figures}</failure></testcase>`;
  if (state === 'unknown') return `${head}><skipped message="${escapeHtml(text)}"/></testcase>`;
  return `${head}/>`;
}

/** A gate as JUnit XML: what CI systems show beside the tests. What could not be decided is skipped, what is missing an error. */
export function gateJunit(gate: Gate): string {
  const { comparison, results } = gate;
  const errors = comparison.notes.map(
    (note) =>
      `  <testcase classname="${escapeHtml(comparison.suite)}" name="complete"><error message="${escapeHtml(note)}"/></testcase>`,
  );
  const count = (state: LimitResult['state']) => results.filter((result) => result.state === state).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escapeHtml(`sparkfit bench ${comparison.suite}`)}" tests="${results.length + errors.length}" failures="${count('fail')}" skipped="${count('unknown')}" errors="${errors.length}">`,
    ...results.map((result) => caseOf(comparison.suite, result)),
    ...errors,
    '</testsuite>',
    '',
  ].join('\n');
}
