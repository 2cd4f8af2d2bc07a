import { medianOf } from '../statistics/ranks.js';
import { type Comparison, compareSamples, type Sample } from './compare.js';
import { environmentDifferences } from './environment.js';
import { METRIC_NAMES, METRICS, type MetricName } from './metrics.js';
import { reasonsOf } from './reasons.js';
import { resultDifference } from './result-check.js';
import { type BenchRun, type BenchSession, failedRuns, soundRuns } from './session.js';
import {
  type AlsoRow,
  COMPARISON_SCHEMA,
  type FailedRow,
  type MetricRow,
  type SessionComparison,
} from './session-comparison.js';
import { DEFAULT_VERDICT, judgeAll, overallVerdict, type VerdictOptions } from './verdict.js';

export interface CompareOptions extends VerdictOptions {
  workload?: string | undefined;
  metrics?: readonly MetricName[] | undefined;
}

/** What decides where neither suite nor user names metrics. */
const DECIDING: readonly MetricName[] = ['time', 'cost'];

interface Side {
  session: BenchSession;
  variant: string;
}

interface Pair {
  workload: string;
  a: Side;
  b: Side;
}

interface Judgement {
  rows: MetricRow[];
  comparisons: Comparison[];
  alpha: number;
}

function samplesOf({ session }: Side, runs: readonly BenchRun[], metric: MetricName): Sample[] {
  return runs.flatMap(({ metrics, block, position }) => {
    const value = metrics[metric];
    return value === undefined ? [] : [{ value, block, position, session: session.id }];
  });
}

/** Sound runs, and those with a wrong result: they are told, as invalid. */
function runsOf({ session, variant }: Side, workload: string): BenchRun[] {
  const wrong = failedRuns(session, workload, variant).filter(({ state }) => state === 'wrong-result');
  return [...soundRuns(session, workload, variant), ...wrong];
}

function nameOf({ session, variant }: Side): string {
  return session.label ? `${session.label}/${variant}` : variant;
}

/** Why the results of the two sides cannot stand beside each other; null if they can. */
function invalidity(pair: Pair): string | null {
  const wrong = [pair.a, pair.b]
    .flatMap((side) => failedRuns(side.session, pair.workload, side.variant))
    .find(({ state }) => state === 'wrong-result');
  if (wrong) return `a run gave another result: ${wrong.message}`;
  const [a, b] = [pair.a, pair.b].map(
    (side) => soundRuns(side.session, pair.workload, side.variant).find(({ result }) => result)?.result,
  );
  const tolerance = pair.b.session.tolerances[pair.workload] ?? 1e-9;
  const difference = a && b ? resultDifference(a, b, tolerance) : null;
  return difference && `the results differ: ${difference}`;
}

function rowOf(pair: Pair, name: MetricName, comparison: Comparison, samples: [Sample[], Sample[]]): MetricRow {
  const { n, medianA, medianB, shiftPercent, ciPercent, p, test, mdePercent, shift } = comparison;
  const rows = samples.map((side) => side.map(({ position, value }) => ({ position, value })));
  return {
    workload: pair.workload,
    variants: [nameOf(pair.a), nameOf(pair.b)],
    name,
    unit: METRICS[name].unit,
    n: [n[0], n[1]],
    medianA,
    medianB,
    shiftPercent,
    ciPercent: ciPercent && [ciPercent[0], ciPercent[1]],
    ciLevel: shift.level,
    p,
    pAdjusted: 1,
    test,
    verdict: 'inconclusive',
    reason: null,
    runsToDecide: null,
    mdePercent,
    warnings: [...comparison.warnings],
    samples: [rows[0] ?? [], rows[1] ?? []],
  };
}

function compareMetrics(
  pair: Pair,
  wanted: readonly MetricName[],
  alpha: number,
): { judgement: Judgement; also: AlsoRow[] } {
  const [runsA, runsB] = [pair.a, pair.b].map((side) => runsOf(side, pair.workload));
  const judgement: Judgement = { rows: [], comparisons: [], alpha };
  const also: AlsoRow[] = [];
  for (const name of METRIC_NAMES) {
    const [a, b] = [samplesOf(pair.a, runsA ?? [], name), samplesOf(pair.b, runsB ?? [], name)];
    if (!a.length || !b.length) continue;
    if (!wanted.includes(name)) {
      const medians = [a, b].map((side) => medianOf(side.map(({ value }) => value)));
      also.push({
        workload: pair.workload,
        variants: [nameOf(pair.a), nameOf(pair.b)],
        name,
        unit: METRICS[name].unit,
        medianA: medians[0] ?? 0,
        medianB: medians[1] ?? 0,
      });
      continue;
    }
    const comparison = compareSamples(a, b, alpha);
    judgement.comparisons.push(comparison);
    judgement.rows.push(rowOf(pair, name, comparison, [a, b]));
  }
  return { judgement, also };
}

/** All metrics that are judged at one error rate are one family for the correction. */
function judgeFamilies(judgements: readonly Judgement[], options: VerdictOptions): void {
  for (const alpha of new Set(judgements.map((judgement) => judgement.alpha))) {
    const family = judgements.filter((judgement) => judgement.alpha === alpha);
    const rows = family.flatMap((judgement) => judgement.rows);
    const items = family.flatMap(({ rows: own, comparisons }) =>
      comparisons.map((comparison, place) => ({ comparison, better: METRICS[own[place]?.name ?? 'time'].better })),
    );
    judgeAll(items, { ...options, alpha }).forEach(({ verdict, pAdjusted, reason, runsToDecide }, place) => {
      const row = rows[place];
      if (row) Object.assign(row, { verdict, pAdjusted, reason, runsToDecide });
    });
  }
}

function invalidate(rows: readonly MetricRow[], why: string): void {
  for (const row of rows) Object.assign(row, { verdict: 'invalid', reason: why, runsToDecide: null });
}

function failuresOf(pair: Pair): FailedRow[] {
  return (['a', 'b'] as const).flatMap((side) =>
    failedRuns(pair[side].session, pair.workload, pair[side].variant).map(({ variant, position, state, message }) => ({
      side,
      workload: pair.workload,
      variant,
      run: position + 1,
      state,
      message,
    })),
  );
}

/** What is missing of a side, in words. */
function missingNotes({ session, variant }: Side, workload: string): string[] {
  const measured = soundRuns(session, workload, variant).length;
  const failed = failedRuns(session, workload, variant).length;
  const skipped = session.skipped.find((entry) => entry.workload === workload);
  if (skipped) return [`${workload}: not run: ${skipped.why}`];
  const notes = failed > 0 ? [`${workload}/${variant}: ${failed} of ${measured + failed} runs failed`] : [];
  const stopped = session.stoppedAlpha[workload] !== undefined;
  if (measured + failed < session.runsPlanned && !stopped && session.runs.some(({ block }) => block !== null))
    notes.push(`${workload}/${variant}: ${measured + failed} of ${session.runsPlanned} planned runs were made`);
  if (!session.complete) notes.push(`${workload}/${variant}: the session was stopped; go on with --resume`);
  return notes;
}

/** What a measured and b does not have, in words. Where each has one variant of a workload the names may differ. */
function lostNotes(a: BenchSession, b: BenchSession): string[] {
  const sides = [a, b].map(({ label }, place) => `${'ab'[place]}${label ? ` (${label})` : ''}`);
  const note = (what: string) => `${what}: measured in ${sides[0]}, missing in ${sides[1]}`;
  return a.workloads.flatMap(({ name, variants }) => {
    const measured = variants.filter((variant) => soundRuns(a, name, variant).length > 0);
    const kept = b.workloads.find((workload) => workload.name === name)?.variants ?? [];
    if (!kept.length) return measured.length ? [note(name)] : [];
    if (variants.length === 1 && kept.length === 1) return [];
    return measured.filter((variant) => !kept.includes(variant)).map((variant) => note(`${name}/${variant}`));
  });
}

interface Sessions {
  a: BenchSession;
  b: BenchSession;
  /** What one has and the other has not, in words. */
  lost: readonly string[];
}

function compare(pairs: readonly Pair[], { a, b, lost }: Sessions, options: CompareOptions): SessionComparison {
  const differences = environmentDifferences(a, b);
  const refusals = differences.filter(({ effect }) => effect === 'refuses');
  const wanted = options.metrics ?? b.metrics ?? DECIDING;
  const compared = pairs.map((pair) => {
    const alpha = pair.b.session.stoppedAlpha[pair.workload] ?? options.alpha ?? DEFAULT_VERDICT.alpha;
    return { pair, ...compareMetrics(pair, wanted, alpha) };
  });
  judgeFamilies(
    compared.map(({ judgement }) => judgement),
    options,
  );
  for (const { pair, judgement } of compared) {
    const own = refusals.filter(
      ({ field }) => !field.startsWith('input.') || field.startsWith(`input.${pair.workload}.`),
    );
    const why = own.length
      ? `the two are not alike: ${own.map(({ field }) => field).join(', ')} differ`
      : invalidity(pair);
    if (why !== null) invalidate(judgement.rows, why);
  }
  const rows = compared.flatMap(({ judgement }) => judgement.rows);
  const notes = [
    ...new Set([
      ...lost,
      ...pairs.flatMap((pair) => [...missingNotes(pair.a, pair.workload), ...missingNotes(pair.b, pair.workload)]),
    ]),
  ];
  const wrong = rows.some(({ verdict }) => verdict === 'invalid');
  const empty = pairs.length === 0 || rows.length === 0;
  if (empty) notes.push('nothing was measured on both sides');
  return {
    schema: COMPARISON_SCHEMA,
    suite: b.suite,
    a: a.label || a.id,
    b: b.label || b.id,
    metrics: rows,
    verdict: overallVerdict([
      ...rows.map(({ verdict }) => verdict),
      ...(notes.length && !wrong ? ['incomplete' as const] : []),
    ]),
    environmentDifferences: differences,
    also: compared.flatMap(({ also }) => also),
    failures: pairs.flatMap(failuresOf),
    reasons: pairs.flatMap(({ workload, a: sideA, b: sideB }) => {
      const found = reasonsOf(
        soundRuns(sideA.session, workload, sideA.variant),
        soundRuns(sideB.session, workload, sideB.variant),
      );
      return found ? [{ workload, variants: [nameOf(sideA), nameOf(sideB)] as [string, string], ...found }] : [];
    }),
    notes,
  };
}

/** The variants of one session: each against the first. */
export function compareSession(session: BenchSession, options: CompareOptions = {}): SessionComparison {
  const pairs = session.workloads
    .filter(({ name }) => options.workload === undefined || name === options.workload)
    .flatMap(({ name, variants: [first, ...others] }) =>
      others.map((variant) => ({ workload: name, a: { session, variant: first ?? '' }, b: { session, variant } })),
    );
  return compare(pairs, { a: session, b: session, lost: [] }, options);
}

/** Two sessions: each variant of each workload against itself; what only the first has is named as missing. */
export function compareSessions(
  a: BenchSession,
  b: BenchSession,
  options: Omit<CompareOptions, 'workload'> = {},
): SessionComparison {
  const pairs = b.workloads.flatMap(({ name, variants }) => {
    const known = a.workloads.find((workload) => workload.name === name)?.variants ?? [];
    // Where each has one variant the names may differ: they are what is compared.
    if (variants.length === 1 && known.length === 1)
      return [
        { workload: name, a: { session: a, variant: known[0] ?? '' }, b: { session: b, variant: variants[0] ?? '' } },
      ];
    return variants
      .filter((variant) => known.includes(variant))
      .map((variant) => ({ workload: name, a: { session: a, variant }, b: { session: b, variant } }));
  });
  return compare(pairs, { a, b, lost: lostNotes(a, b) }, options);
}
