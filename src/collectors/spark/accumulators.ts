import { countOf, isObject, listOf, numberOf, numericOf } from './json.js';

/** What the newest attempt of a stage did to an accumulator. */
interface Share {
  attempt: number;
  /** Running total that it found; null if its first update is not among the lines that were read. */
  base: number | null;
  /** Running total that it left. */
  final: number;
  /** What its tasks added, one by one; null unless all their lines were read for that. */
  sum: number | null;
}

type SharesByStage = Map<number, Share>;

/** Accumulator, stage, attempt, base, final, sum; NaN for null. */
const SHARE_NUMBERS = 6;

export interface AccumulatorSnapshot {
  summedStages: Set<number>;
  shares: Float64Array;
  ofDriver: Map<number, Map<number, number>>;
}

interface Update {
  id: number;
  value: number;
  /** Null in StageCompleted. */
  added: number | null;
}

/** Accumulables of SQL; the others are task metrics, which are read from the task itself. */
function updatesOf(accumulables: unknown): Update[] {
  const updates: Update[] = [];
  for (const item of listOf(accumulables)) {
    if (!isObject(item) || item.Metadata !== 'sql') continue;
    const id = countOf(item.ID);
    const value = numericOf(item.Value);
    if (id !== null && value !== null) updates.push({ id, value, added: numericOf(item.Update) });
  }
  return updates;
}

/**
 * Totals of the metrics of SQL plan nodes, as the History Server has them: for each execution what the tasks of its
 * stages' newest attempts added, and what the driver published (files read, broadcast sizes, coalesced partitions).
 *
 * Each metric is an accumulator on the driver. Spark writes its running total (`Value`) with each task that raised it
 * and once more with StageCompleted, so what most tasks say can be skipped: a stage's share is the total that it left
 * less the one that it found. The latter is in its first task's line, or 0 if no other execution used the accumulator
 * (plans that run again and cached plans share theirs, and Spark sets some back to 0 in between). Where it is neither,
 * after a retry, and for stages whose completion is not in the log, the tasks' lines are read once more and summed.
 */
export class Accumulators {
  /** Stages whose every task's accumulables were summed; what more of them comes must be summed too. */
  readonly summedStages = new Set<number>();
  private readonly ofStages = new Map<number, SharesByStage>();
  private readonly ofDriver = new Map<number, Map<number, number>>();

  /** The share of a stage's attempt; undefined if a newer attempt is known. */
  private share({ id, value }: Update, stageId: number, attempt: number): Share | undefined {
    const shares: SharesByStage = this.ofStages.get(id) ?? new Map();
    this.ofStages.set(id, shares);
    const known = shares.get(stageId);
    if (known && known.attempt > attempt) return undefined;
    if (known?.attempt === attempt) return known;
    const share: Share = { attempt, base: null, final: value, sum: null };
    shares.set(stageId, share);
    return share;
  }

  /** A task's accumulables where not all of its stage's are read. `isFirst`: no task of the stage came before. */
  addOfTask(accumulables: unknown, stageId: number, attempt: number, isFirst: boolean): void {
    for (const update of updatesOf(accumulables)) {
      const share = this.share(update, stageId, attempt);
      if (!share) continue;
      share.final = Math.max(share.final, update.value);
      if (isFirst && update.added !== null) share.base = update.value - update.added;
    }
  }

  /** A task's accumulables where those of all tasks of its stage are read. */
  addToSum(accumulables: unknown, stageId: number, attempt: number): void {
    for (const update of updatesOf(accumulables)) {
      const share = this.share(update, stageId, attempt);
      if (share && update.added !== null) share.sum = (share.sum ?? 0) + update.added;
    }
  }

  addOfStage(accumulables: unknown, stageId: number, attempt: number): void {
    for (const update of updatesOf(accumulables)) {
      const share = this.share(update, stageId, attempt);
      if (share) share.final = Math.max(share.final, update.value);
    }
  }

  /** `[[id, value], …]` that the driver published for a plan, in parts that add up. */
  addOfDriver(updates: unknown, executionId: number): void {
    const sums: Map<number, number> = this.ofDriver.get(executionId) ?? new Map();
    this.ofDriver.set(executionId, sums);
    for (const update of listOf(updates)) {
      const [id, value] = listOf(update).map(numericOf);
      if (typeof id === 'number' && typeof value === 'number') sums.set(id, (sums.get(id) ?? 0) + value);
    }
  }

  /** The shares of all stages, as rows of six numbers: they are many. What drivers published only of these executions. */
  snapshot(executions: ReadonlyMap<number, unknown>): AccumulatorSnapshot {
    const shares: number[] = [];
    for (const [id, byStage] of this.ofStages)
      for (const [stageId, { attempt, base, final, sum }] of byStage)
        shares.push(id, stageId, attempt, base ?? Number.NaN, final, sum ?? Number.NaN);
    return {
      summedStages: this.summedStages,
      shares: Float64Array.from(shares),
      ofDriver: new Map([...this.ofDriver].filter(([executionId]) => executions.has(executionId))),
    };
  }

  restore({ summedStages, shares, ofDriver }: AccumulatorSnapshot): void {
    for (const stageId of summedStages) this.summedStages.add(stageId);
    for (const [executionId, sums] of ofDriver) this.ofDriver.set(executionId, sums);
    for (let at = 0; at < shares.length; at += SHARE_NUMBERS) {
      const [id = 0, stageId = 0, attempt = 0, base, final = 0, sum] = shares.subarray(at, at + SHARE_NUMBERS);
      const byStage: SharesByStage = this.ofStages.get(id) ?? new Map();
      this.ofStages.set(id, byStage);
      byStage.set(stageId, { attempt, base: numberOf(base), final, sum: numberOf(sum) });
    }
  }

  /** Stages of this execution that updated the accumulator. */
  stagesOf(id: number, executionStages: ReadonlySet<number>): number[] {
    return [...(this.ofStages.get(id)?.keys() ?? [])].filter((stageId) => executionStages.has(stageId));
  }

  /** Stages of this execution whose share is not known without the lines of all their tasks. */
  unknownShares(id: number, executionStages: ReadonlySet<number>): number[] {
    const shares = this.ofStages.get(id);
    if (!shares) return [];
    const alone = [...shares.keys()].every((stageId) => executionStages.has(stageId));
    return this.stagesOf(id, executionStages).filter((stageId) => {
      const share = shares.get(stageId);
      return share !== undefined && share.sum === null && (share.attempt > 0 || (share.base === null && !alone));
    });
  }

  /** What the execution's stages and its driver added; null if nothing was reported. */
  total(id: number, executionId: number, executionStages: ReadonlySet<number>): number | null {
    const ofDriver = this.ofDriver.get(executionId)?.get(id);
    const stages = this.stagesOf(id, executionStages);
    if (stages.length === 0) return ofDriver ?? null;
    const shares = stages.flatMap((stageId) => this.ofStages.get(id)?.get(stageId) ?? []);
    const summed = shares.reduce((total, { sum }) => total + (sum ?? 0), 0);
    return summed + lengthOfUnion(shares.filter(({ sum }) => sum === null)) + (ofDriver ?? 0);
  }
}

/** Shares of stages that ran at the same time overlap; what is covered twice was added once. */
function lengthOfUnion(shares: readonly Share[]): number {
  const ranges = shares.map(({ base, final }) => [base ?? 0, final] as const).sort(([a], [b]) => a - b);
  let covered = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const [from, to] of ranges) {
    covered += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return covered;
}
