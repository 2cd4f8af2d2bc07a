import { describe, expect, it } from 'vitest';
import { streamingLag } from '../../../src/analyzers/spark/streaming-lag.js';
import type { StreamingBatch } from '../../../src/model/spark.js';
import { findings, judge, recorded, run } from './runs.js';

function batch(batchId: number, inRate: number, outRate: number, behind?: number): StreamingBatch {
  const metrics: Record<string, string> = behind === undefined ? {} : { maxOffsetsBehindLatest: String(behind) };
  return {
    queryId: 'q',
    runId: 'r',
    batchId,
    startedMs: batchId * 1000,
    durationMs: 900,
    phasesMs: { triggerExecution: 900, addBatch: 800, walCommit: 50 },
    inputRows: 1000,
    inputRowsPerSecond: inRate,
    processedRowsPerSecond: outRate,
    stateRows: null,
    stateMemoryBytes: null,
    sources: [
      { description: 'KafkaV2', startOffset: null, endOffset: null, latestOffset: null, inputRows: 1000, metrics },
    ],
    sink: null,
  };
}

/** The first batch, then `slow` batches that do not keep up, then `fast` ones that do. */
function stream(slow: number, fast: number) {
  const rates = [...Array(slow).fill(100), ...Array(fast).fill(200)];
  return run({ streamingBatches: [batch(0, 500, 100), ...rates.map((rate, i) => batch(i + 1, 150, rate))] });
}

describe('spark/streaming-lag', () => {
  it('finds no lag in a recorded stream whose first batch is slow', async () => {
    expect(judge(streamingLag, await recorded('stream'))[0]?.state).not.toBe('finding');
  });

  it.each([
    { slow: 4, fast: 6, state: 'ok' },
    { slow: 5, fast: 5, state: 'finding' },
    { slow: 4, fast: 0, state: 'insufficient-data' },
    { slow: 5, fast: 0, state: 'finding' },
  ])('$slow slow and $fast fast batches: $state', ({ slow, fast, state }) => {
    expect(judge(streamingLag, stream(slow, fast))[0]?.state).toBe(state);
  });

  it.each([
    { last: 199, fires: false },
    { last: 200, fires: true },
  ])('a backlog that grows from 100 to $last: $fires', ({ last, fires }) => {
    const behind = [0, 100, 100, 150, 150, last, last];
    const batches = behind.map((value, i) => batch(i, 100, 200, value));
    expect(findings(streamingLag, run({ streamingBatches: batches })).length > 0).toBe(fires);
  });

  it('names the phase that takes longest', () => {
    const [found] = findings(streamingLag, stream(6, 0));
    expect(found?.evidence.at(-1)?.value).toContain('addBatch');
  });

  it('does not apply to a batch run', async () => {
    expect(judge(streamingLag, await recorded('healthy'))[0]?.state).toBe('not-applicable');
  });
});
