import { describe, expect, it } from 'vitest';
import type { Collector, CollectResult } from '../../src/collectors/collector.js';
import { type CollectedSource, collectAll } from '../../src/collectors/run.js';
import { SourceError, StoreError } from '../../src/model/errors.js';
import type { SourceId } from '../../src/model/sources.js';
import { gapsOf, getCursor, lastRuns, setCursor } from '../../src/store/collections.js';
import { collectedSources, sourceStatuses } from '../../src/store/sources.js';
import { collectInput } from '../support/collect.js';

const WINDOW = { sinceMs: 1_000, untilMs: 5_000 };

function collector(id: SourceId, collect: Collector['collect'], configured = true): Collector {
  return {
    id,
    title: id,
    lostWithout: '',
    isConfigured: () => configured,
    check: async () => ({ state: 'ok', detail: '', nextStep: '' }),
    collect,
  };
}

async function fine(): Promise<CollectResult> {
  return { rows: 3, gaps: [], detail: 'three rows' };
}

async function refused(): Promise<CollectResult> {
  throw new SourceError('prometheus', 'query', 'connection refused', { hint: 'Start it.' });
}

function newRun() {
  const input = collectInput({}, WINDOW);
  const done: CollectedSource[] = [];
  let clock = 100;
  const all = (collectors: readonly Collector[]) =>
    collectAll(
      collectors,
      input,
      () => clock++,
      (source) => done.push(source),
    );
  return { input, done, all };
}

describe('collectAll', () => {
  it('goes on with the others where one source fails, and records what is missing', async () => {
    const { input, done, all } = newRun();
    const sources = await all([collector('prometheus', refused), collector('kubernetes', fine)]);
    expect(sources.map(({ id, state, rows, hint }) => ({ id, state, rows, hint }))).toEqual([
      { id: 'prometheus', state: 'failed', rows: 0, hint: 'Start it.' },
      { id: 'kubernetes', state: 'ok', rows: 3, hint: '' },
    ]);
    expect(done).toEqual(sources);
    const runs = lastRuns(input.store.db);
    expect(runs.map(({ source, state, detail }) => ({ source, state, detail }))).toEqual([
      { source: 'kubernetes', state: 'ok', detail: 'three rows' },
      { source: 'prometheus', state: 'failed', detail: 'prometheus: query: connection refused' },
    ]);
    const failed = runs.find((run) => run.source === 'prometheus');
    expect(gapsOf(input.store.db, failed?.id ?? -1)).toEqual([
      { ...WINDOW, why: 'prometheus: query: connection refused' },
    ]);
    expect([...collectedSources(input.store.db)]).toEqual(['kubernetes']);
  });

  it('calls a source with gaps partial', async () => {
    const { input, all } = newRun();
    const gap = { sinceMs: 2_000, untilMs: 3_000, why: 'retention' };
    const [source] = await all([collector('prometheus', async () => ({ rows: 1, gaps: [gap], detail: '' }))]);
    expect(source).toMatchObject({ state: 'partial', gaps: [gap] });
    expect(sourceStatuses(input.store.db).find(({ id }) => id === 'prometheus')).toMatchObject({
      state: 'partial',
      gaps: [gap],
    });
  });

  it('notes a source that is not configured, without asking it', async () => {
    const { input, all } = newRun();
    expect(await all([collector('aws-spot', refused, false)])).toMatchObject([{ id: 'aws-spot', state: 'absent' }]);
    expect(collectedSources(input.store.db).size).toBe(0);
  });

  it('lets a bug through as what it is, and records that the run failed', async () => {
    const { input, all } = newRun();
    const bug = new TypeError('x is not a function');
    const broken = collector('kubernetes', async () => {
      throw bug;
    });
    await expect(all([broken, collector('prometheus', fine)])).rejects.toBe(bug);
    expect(lastRuns(input.store.db)).toMatchObject([
      { source: 'kubernetes', state: 'failed', detail: 'x is not a function' },
    ]);
  });

  it('ends with exit 3 where the disk is full, whoever writes', async () => {
    const { input, all } = newRun();
    const { db } = input.store;
    const filler = collector('kubernetes', async () => {
      db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`);
      setCursor(db, 'kubernetes', 'test', 'key', 'x'.repeat(1_000_000));
      return fine();
    });
    await expect(all([filler])).rejects.toThrow(expect.objectContaining({ name: 'StoreError', exitCode: 3 }));
    expect(getCursor(db, 'kubernetes', 'test', 'key')).toBeUndefined();
    const wordy = collector('prometheus', async () => ({ rows: 0, gaps: [], detail: 'x'.repeat(1_000_000) }));
    await expect(all([wordy])).rejects.toBeInstanceOf(StoreError);
  });

  it('stops between sources once it is aborted', async () => {
    const { input, done } = newRun();
    const abort = new AbortController();
    const first = collector('kubernetes', async () => {
      abort.abort();
      return fine();
    });
    const sources = await collectAll(
      [first, collector('prometheus', fine)],
      { ...input, signal: abort.signal },
      () => 0,
      (source) => done.push(source),
    );
    expect(sources.map(({ id }) => id)).toEqual(['kubernetes']);
  });

  it('takes a run without an end for one that was killed', () => {
    const { input } = newRun();
    input.store.db
      .prepare(
        "INSERT INTO collection_run (source, cluster, started_ms, since_ms, until_ms, state) VALUES ('prometheus', 'test', 0, 0, 9, 'running')",
      )
      .run();
    expect(sourceStatuses(input.store.db).find(({ id }) => id === 'prometheus')).toMatchObject({
      state: 'partial',
      gaps: [{ sinceMs: 0, untilMs: 9, why: 'the collection was killed before its end' }],
    });
  });
});
