import type { CollectInput, Collector } from '../collectors/collector.js';
import { type CollectedSource, collectAll } from '../collectors/run.js';
import { KnownError, messageOf } from '../model/errors.js';
import { limited } from '../model/limited.js';
import { MINUTE_MS } from '../model/window.js';

/** A bug in one collector is no reason to lose the night. */
function broken(collector: Collector, error: unknown): CollectedSource {
  const detail = `internal error: ${messageOf(error)}`;
  return { id: collector.id, state: 'failed', gaps: [], detail, rows: 0, hint: '' };
}

/** Reads every source in turn, none longer than its budget; what one got until then stays. */
export async function collectWithBudget(
  collectors: readonly Collector[],
  input: CollectInput,
  sourceMinutes: number,
  now: () => number,
): Promise<CollectedSource[]> {
  const done: CollectedSource[] = [];
  for (const collector of collectors) {
    if (input.signal.aborted) break;
    const signal = limited(sourceMinutes * MINUTE_MS, input.signal);
    const own = { ...input, signal };
    const [source] = await collectAll([collector], own, now, () => {}).catch((error: unknown) => {
      if (error instanceof KnownError) throw error;
      return [broken(collector, error)];
    });
    if (!source) continue;
    const late = `its ${sourceMinutes} minutes were over`;
    done.push(
      signal.aborted && !input.signal.aborted && source.state !== 'absent'
        ? { ...source, state: source.state === 'ok' ? 'partial' : source.state, detail: `${source.detail} (${late})` }
        : source,
    );
  }
  return done;
}
