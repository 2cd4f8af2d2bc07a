import { type FamilyRun, familyRuns } from '../analyzers/derived/family-runs.js';
import { median } from '../analyzers/derived/numbers.js';
import type { ArtifactInput } from '../analyzers/rule.js';
import { artifactInput } from '../analyzers/run.js';
import type { Realised, SavingRecord } from '../model/savings.js';
import { DAY_MS, HOUR_MS, HOURS_PER_MONTH } from '../model/window.js';
import { type WorkloadDay, workloadDays, workloadOf } from '../store/savings.js';
import { collectedSources } from '../store/sources.js';
import { type Comparison, LEAST_SAMPLES, realisedOf, type Work } from './compare.js';

/** How far back and on the same work is looked at. */
export const LOOK_MS = 28 * DAY_MS;
/** Input that differs by less is the same input: runs are compared as they are. */
const SAME_INPUT = 0.1;
const GB = 1e9;

/** The times between which nothing else was changed. */
export interface Span {
  fromMs: number;
  appliedMs: number;
  toMs: number;
}

function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

function dayWork({ usd, coveredHours, nodeUsdPerHour }: WorkloadDay): Work {
  return {
    usdPerUnit: usd / coveredHours,
    circumstances: nodeUsdPerHour === null ? {} : { 'price of its nodes': nodeUsdPerHour },
  };
}

/** Days before and since; the day of the change is neither. */
function byHour({ db }: ArtifactInput, workloadId: number, { fromMs, appliedMs, toMs }: Span): Comparison {
  // A night sees a change after it was made: the day before its sighting may be mixed too.
  const mixedFromMs = dayOf(appliedMs) - DAY_MS;
  const mixedToMs = dayOf(appliedMs) + DAY_MS;
  const days = workloadDays(db, workloadId, dayOf(fromMs), toMs).filter(({ coveredHours }) => coveredHours >= 12);
  return {
    unit: 'hour',
    before: days.filter(({ dayMs }) => dayMs < mixedFromMs).map(dayWork),
    after: days.filter(({ dayMs }) => dayMs >= mixedToMs && dayMs + DAY_MS <= toMs).map(dayWork),
    unitsPerMonth: HOURS_PER_MONTH,
  };
}

type PricedRun = FamilyRun & { usd: number };

function isPriced(run: FamilyRun): run is PricedRun {
  return run.usd !== null && run.usd > 0;
}

function priceOn(days: readonly WorkloadDay[], timeMs: number): number | undefined {
  return days.find(({ dayMs }) => dayMs === dayOf(timeMs))?.nodeUsdPerHour ?? undefined;
}

function runWork(run: PricedRun, perGb: boolean, days: readonly WorkloadDay[]): Work {
  const price = priceOn(days, run.startMs);
  return {
    usdPerUnit: perGb ? run.usd / (run.inputBytes / GB) : run.usd,
    circumstances: {
      ...(run.inputBytes > 0 ? { 'input per run': run.inputBytes } : {}),
      ...(price === undefined ? {} : { 'price of its nodes': price }),
    },
  };
}

function inputMoved(before: readonly FamilyRun[], after: readonly FamilyRun[]): boolean {
  const [was, is] = [before, after].map((runs) => median(runs.map(({ inputBytes }) => inputBytes)) ?? 0);
  return (was ?? 0) > 0 && (is ?? 0) > 0 && Math.abs((is ?? 0) / (was ?? 1) - 1) >= SAME_INPUT;
}

/** Runs before and since: per run, or per GB of input where the input is not what it was. */
function byRun(runs: readonly PricedRun[], { appliedMs, toMs }: Span, days: readonly WorkloadDay[]): Comparison {
  // The newest run before the sighting may have had the change already.
  const before = runs.filter(({ startMs }) => startMs < appliedMs - DAY_MS);
  const after = runs.filter(({ startMs }) => startMs >= appliedMs);
  const perGb = [...before, ...after].every(({ inputBytes }) => inputBytes > 0) && inputMoved(before, after);
  const hours = (toMs - appliedMs) / HOUR_MS;
  const units = perGb ? after.reduce((sum, { inputBytes }) => sum + inputBytes / GB, 0) : after.length;
  return {
    unit: perGb ? 'GB of input' : 'run',
    before: before.map((run) => runWork(run, perGb, days)),
    after: after.map((run) => runWork(run, perGb, days)),
    unitsPerMonth: hours > 0 && after.length > 0 ? (units * HOURS_PER_MONTH) / hours : null,
  };
}

function runsOf(input: ArtifactInput, { subject }: SavingRecord, { fromMs, toMs }: Span): PricedRun[] {
  if (!subject.kind.includes('Spark') || !collectedSources(input.db).has('spark-logs')) return [];
  const own = artifactInput(input.db, { sinceMs: fromMs, untilMs: toMs }, input.config);
  const family = own
    .get(familyRuns)
    .find(({ name, namespace }) => name === subject.name && (!subject.namespace || namespace === subject.namespace));
  return family?.runs.filter(isPriced).filter(({ startMs }) => startMs >= fromMs && startMs < toMs) ?? [];
}

/** What is gone costs nothing any more. */
function gone({ promisedUsdPerMonth: usd }: SavingRecord): Realised {
  return {
    usdPerMonth: usd,
    interval: usd === null ? null : [usd, usd],
    unit: 'thing',
    before: usd,
    after: 0,
    samplesBefore: 1,
    samplesAfter: 1,
    unitsPerMonth: 1,
    confounders: [],
    note: 'it is gone, with all that it cost',
  };
}

/** Promised against realised for the same work. */
export function realise(input: ArtifactInput, saving: SavingRecord, span: Span): Realised {
  if (saving.changes.some(({ field, after }) => field === 'presence' && after === 'gone')) return gone(saving);
  const workload = workloadOf(input.db, saving.cluster, saving.subject);
  const runs = runsOf(input, saving, span);
  const days = workload ? workloadDays(input.db, workload.id, dayOf(span.fromMs), span.toMs) : [];
  const compared = byRun(runs, span, days);
  const hasRuns = compared.before.length >= LEAST_SAMPLES;
  if (hasRuns || !workload) return realisedOf(compared);
  return realisedOf(byHour(input, workload.id, span));
}
