import { KnownError, messageOf, SourceError, StoreError } from '../model/errors.js';
import type { SourceStatus } from '../model/sources.js';
import { finishRun, type RunOutcome, startRun } from '../store/collections.js';
import { asStoreError, withStoreErrors } from '../store/open.js';
import type { CollectInput, Collector } from './collector.js';

export interface CollectedSource extends SourceStatus {
  rows: number;
  /** The next step where it failed. */
  hint: string;
}

function failure(error: unknown, input: CollectInput): RunOutcome & { hint: string } {
  const why = messageOf(error);
  const hint = error instanceof KnownError ? (error.hint ?? '') : '';
  return { state: 'failed', rows: 0, detail: why, hint, gaps: [{ ...input.window, why }] };
}

/** Runs one collector and records how it went. Only the store's own errors and bugs pass through. */
async function runOne(collector: Collector, input: CollectInput): Promise<RunOutcome & { hint: string }> {
  try {
    const result = await collector.collect(input);
    return { ...result, state: result.gaps.length > 0 ? 'partial' : 'ok', hint: '' };
  } catch (thrown) {
    const error = asStoreError(thrown, input.store.path);
    if (error instanceof SourceError) return failure(error, input);
    throw error;
  }
}

/**
 * Runs the collectors one after the other; one that fails leaves the others to go on.
 * @throws StoreError if the store can take no more.
 */
export async function collectAll(
  collectors: readonly Collector[],
  input: CollectInput,
  now: () => number,
  onDone: (source: CollectedSource) => void,
): Promise<CollectedSource[]> {
  const done: CollectedSource[] = [];
  for (const collector of collectors) {
    if (input.signal.aborted) break;
    const absent = !collector.isConfigured(input.config);
    const { db, path } = input.store;
    const id = withStoreErrors(path, () => startRun(db, collector.id, input.cluster, input.window, now()));
    const outcome: RunOutcome & { hint: string } = absent
      ? { state: 'absent', rows: 0, detail: 'not set up', gaps: [], hint: '' }
      : await runOne(collector, input).catch((error: unknown) => {
          noteFailedRun(input, id, error, now());
          throw error;
        });
    withStoreErrors(path, () => finishRun(db, id, outcome, now()));
    const source = { id: collector.id, ...outcome, gaps: [...outcome.gaps] };
    done.push(source);
    onDone(source);
  }
  return done;
}

/** Best effort: a store that is full may refuse this too. */
function noteFailedRun(input: CollectInput, id: number, error: unknown, nowMs: number): void {
  try {
    finishRun(input.store.db, id, { state: 'failed', rows: 0, detail: messageOf(error), gaps: [] }, nowMs);
  } catch (second) {
    if (!(asStoreError(second, input.store.path) instanceof StoreError)) throw second;
  }
}
