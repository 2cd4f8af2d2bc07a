import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sparkLogs } from '../../../src/collectors/spark/index.js';
import { readGrowingLog } from '../../../src/collectors/spark/read.js';
import { Config } from '../../../src/config/schema.js';
import type { SparkLog } from '../../../src/model/spark.js';
import { openStore, type Store } from '../../../src/store/open.js';
import { findSparkApplication, readSparkLog } from '../../../src/store/spark.js';
import { asGzip, asLz4, asLzf, asSnappy } from './encode.js';
import { ADAPTIVE, CARTESIAN, EXECUTOR_LOST, plainLog, SPECULATION, STREAMING, temporaryFolder } from './fixtures.js';

const ROOT = temporaryFolder();
let folders = 0;
let store: Store;
let folder: string;

beforeEach(() => {
  store = openStore(':memory:');
  folder = newFolder();
});
afterEach(() => store.close());

function newFolder(): string {
  const path = join(ROOT, `growing-${folders++}`);
  mkdirSync(path);
  return path;
}

function collect(into: Store, logs: string) {
  return sparkLogs.collect({
    config: Config.parse({ spark: { logs } }),
    store: into,
    window: { sinceMs: 0, untilMs: Date.UTC(2030, 0, 1) },
    sinceGiven: false,
    cluster: 'c',
    signal: new AbortController().signal,
    progress: () => {},
  });
}

function stored(from: Store, appId: string) {
  const found = findSparkApplication(from.db, appId);
  if (!found) throw new Error(`${appId} is not stored`);
  const log = readSparkLog(from.db, found.key);
  // The same log may lie at two places.
  return {
    ...log,
    application: { ...log.application, log: { ...log.application.log, path: basename(log.application.log.path) } },
  };
}

async function storedAtOnce(appId: string, logs: string) {
  const other = openStore(':memory:');
  try {
    await collect(other, logs);
    return stored(other, appId);
  } finally {
    other.close();
  }
}

/** As if the application had taken so much longer: what has ended is settled then. */
function stretched(plain: Buffer, factor: number): Buffer {
  const text = plain.toString();
  const start = Number(/"SparkListenerApplicationStart".*?"Timestamp":(\d{13})/.exec(text)?.[1]);
  return Buffer.from(text.replaceAll(/\b179\d{10}\b/g, (ms) => String(start + (Number(ms) - start) * factor)));
}

const secondLine = (plain: Buffer) => plain.indexOf('\n', plain.indexOf('\n') + 1) + 1;

/** Collects a log that grows from cut to cut, and gives what was stored at each and would be stored of it at once. */
async function grow(appId: string, whole: Buffer, cuts: readonly number[]) {
  const logs = newFolder();
  const growing = openStore(':memory:');
  const path = join(logs, `${appId}.inprogress`);
  const seen: { stored: object; atOnce: object; detail: string }[] = [];
  try {
    for (const cut of cuts) {
      writeFileSync(path, whole.subarray(0, cut));
      const { detail } = await collect(growing, logs);
      seen.push({ stored: stored(growing, appId), atOnce: await storedAtOnce(appId, logs), detail });
    }
    writeFileSync(path, whole);
    renameSync(path, join(logs, appId));
    const { detail } = await collect(growing, logs);
    seen.push({ stored: stored(growing, appId), atOnce: await storedAtOnce(appId, logs), detail });
    return seen;
  } finally {
    growing.close();
  }
}

const CONTINUED = '1 log read, 1 of them from where reading had ended';

describe('a log that grows', () => {
  it.each([
    [EXECUTOR_LOST, 1],
    [EXECUTOR_LOST, 50],
    [ADAPTIVE, 1],
    [ADAPTIVE, 50],
    [STREAMING, 1],
    [STREAMING, 100],
    [CARTESIAN, 1],
    [SPECULATION, 1],
    [SPECULATION, 1000],
  ])(
    '%s, in %d times its time, cut at any bytes and continued, is stored as if read at once',
    async (appId, factor) => {
      const whole = factor === 1 ? plainLog(appId) : stretched(plainLog(appId), factor);
      const cut = fc.integer({ min: secondLine(whole), max: whole.length });
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(cut, { minLength: 1, maxLength: 3 }), async (cuts) => {
          for (const { stored: rows, atOnce } of await grow(
            appId,
            whole,
            cuts.sort((a, b) => a - b),
          ))
            expect(rows).toEqual(atOnce);
        }),
        { numRuns: 6, seed: 20261123 },
      );
    },
  );

  it.each([
    ['lz4', asLz4],
    ['snappy', asSnappy],
    ['lzf', asLzf],
  ])('compressed as %s goes on at a block', async (_, encode) => {
    const whole = encode(plainLog(EXECUTOR_LOST));
    const seen = await grow(
      EXECUTOR_LOST,
      whole,
      [0.5, 0.7, 0.9].map((part) => Math.floor(whole.length * part)),
    );

    for (const { stored: rows, atOnce } of seen) expect(rows).toEqual(atOnce);
    expect(seen.slice(1).map(({ detail }) => detail)).toEqual([CONTINUED, CONTINUED, CONTINUED]);
  });

  it('compressed as gzip is read whole', async () => {
    const whole = asGzip(plainLog(EXECUTOR_LOST));
    const seen = await grow(EXECUTOR_LOST, whole, [Math.floor(whole.length * 0.7)]);

    for (const { stored: rows, atOnce } of seen) expect(rows).toEqual(atOnce);
    expect(seen.map(({ detail }) => detail)).toEqual(['1 log read', '1 log read']);
  });

  it('in several files, cut at any bytes and continued, is stored as if read at once', async () => {
    const whole = plainLog(EXECUTOR_LOST);
    const third = whole.indexOf('\n', whole.length / 3) + 1;
    const ends = [third, whole.indexOf('\n', third * 2) + 1, whole.length];
    const write = (logs: string, length: number) => {
      for (const [at, end] of ends.entries()) {
        const begin = ends[at - 1] ?? 0;
        if (length > begin)
          writeFileSync(join(logs, `events_${at + 1}_${EXECUTOR_LOST}`), whole.subarray(begin, Math.min(length, end)));
      }
    };
    const cut = fc.integer({ min: secondLine(whole), max: whole.length });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(cut, { minLength: 1, maxLength: 4 }), async (cuts) => {
        const logs = join(newFolder(), `eventlog_v2_${EXECUTOR_LOST}`);
        mkdirSync(logs);
        writeFileSync(join(logs, `appstatus_${EXECUTOR_LOST}.inprogress`), '');
        const growing = openStore(':memory:');
        for (const length of [...cuts.sort((a, b) => a - b), whole.length]) {
          write(logs, length);
          await collect(growing, logs);
          expect(stored(growing, EXECUTOR_LOST)).toEqual(await storedAtOnce(EXECUTOR_LOST, logs));
        }
        growing.close();
      }),
      { numRuns: 12, seed: 20261123 },
    );
  });

  describe('is read from its start', () => {
    const whole = plainLog(SPECULATION);
    const path = () => join(folder, `${SPECULATION}.inprogress`);
    const more = Math.floor(whole.length * 0.8);

    beforeEach(async () => {
      writeFileSync(path(), whole.subarray(0, Math.floor(whole.length * 0.6)));
      await collect(store, folder);
    });

    it.each([
      ['has become shorter', () => whole.subarray(0, whole.length >> 1)],
      ['is of another run', () => Buffer.from(whole.toString().replaceAll(SPECULATION, 'app-20261123203413-0099'))],
      [
        'was changed just before its end',
        () => {
          const other = Buffer.from(whole.subarray(0, more));
          other.write('X', Math.floor(whole.length * 0.6) - 20);
          return other;
        },
      ],
    ])('if it %s', async (_, content) => {
      writeFileSync(path(), content());

      expect((await collect(store, folder)).detail).toMatch(/^1 log read(, 1 damaged)?$/);
    });

    it('if its rows are gone', async () => {
      store.db.prepare('DELETE FROM spark_application').run();
      writeFileSync(path(), whole.subarray(0, more));

      expect((await collect(store, folder)).detail).toBe('1 log read');
      expect(stored(store, SPECULATION)).toEqual(await storedAtOnce(SPECULATION, folder));
    });

    it('if a task of a stage ends that was thought to be settled', async () => {
      const appended = whole.subarray(0, more).toString();
      const task = appended.split('\n').find((line) => line.startsWith('{"Event":"SparkListenerTaskEnd"')) ?? '';
      const late = Date.now() * 2;
      const job =
        '{"Event":"SparkListenerJobStart","Job ID":99,"Submission Time":TIME,"Stage IDs":[99],"Properties":{}}';
      writeFileSync(
        path(),
        `${appended.slice(0, appended.lastIndexOf('\n') + 1)}${job.replace('TIME', String(late))}\n`,
      );
      expect((await collect(store, folder)).detail).toBe(CONTINUED);
      writeFileSync(path(), `${task}\n`, { flag: 'a' });

      expect((await collect(store, folder)).detail).toMatch(/^1 log read/);
      expect(stored(store, SPECULATION)).toEqual(await storedAtOnce(SPECULATION, folder));
    });
  });

  it('goes on from what was stored if a reading was lost between', async () => {
    const whole = plainLog(EXECUTOR_LOST);
    const path = join(folder, `${EXECUTOR_LOST}.inprogress`);
    const upTo = (part: number) => writeFileSync(path, whole.subarray(0, Math.floor(whole.length * part)));
    upTo(0.5);
    await collect(store, folder);
    upTo(0.7);
    store.db.exec("CREATE TRIGGER broken BEFORE INSERT ON spark_growing_log BEGIN SELECT raise(ABORT, 'killed'); END");
    await expect(collect(store, folder)).rejects.toThrow('killed');
    store.db.exec('DROP TRIGGER broken');
    upTo(0.9);

    expect((await collect(store, folder)).detail).toBe(CONTINUED);
    expect(stored(store, EXECUTOR_LOST)).toEqual(await storedAtOnce(EXECUTOR_LOST, folder));
  });

  it('carries nothing of stages and executions that ended long ago', async () => {
    const whole = stretched(plainLog(STREAMING), 100);
    const path = join(folder, `${STREAMING}.inprogress`);
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length * 0.9)));
    const first = await readGrowingLog(path);
    writeFileSync(path, whole);

    const next = await readGrowingLog(path, { state: first.state ?? undefined });
    const counts = ({ stages, jobs, sqlExecutions, streamingBatches }: SparkLog) =>
      [stages, jobs, sqlExecutions, streamingBatches].map(({ length }) => length);

    expect(next.continued).toBe(true);
    for (const [at, count] of counts(next.log).entries()) expect(count).toBeLessThan((counts(first.log)[at] ?? 0) / 2);
    expect(next.state).toBeNull();
  });
});
