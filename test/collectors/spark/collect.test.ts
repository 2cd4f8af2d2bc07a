import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sparkLogs } from '../../../src/collectors/spark/index.js';
import { readEventLog } from '../../../src/collectors/spark/read.js';
import { Config } from '../../../src/config/schema.js';
import { openStore, type Store } from '../../../src/store/open.js';
import { findSparkApplication, listSparkApplications, readSparkLog } from '../../../src/store/spark.js';
import {
  ADAPTIVE,
  CARTESIAN,
  EXECUTOR_LOST,
  FIXTURES,
  plainLog,
  STREAMING,
  temporaryFolder,
  writeLog,
} from './fixtures.js';

const ROOT = temporaryFolder();
const WINDOW = { sinceMs: 0, untilMs: Date.UTC(2030, 0, 1) };
let store: Store;
let folder: string;
let folders = 0;

beforeEach(() => {
  store = openStore(':memory:');
  folder = join(ROOT, `logs-${folders++}`);
  mkdirSync(folder);
});
afterEach(() => store.close());

function collect(signal = new AbortController().signal) {
  const config = Config.parse({ spark: { logs: folder } });
  return sparkLogs.collect({
    config,
    store,
    window: WINDOW,
    sinceGiven: false,
    cluster: 'c',
    signal,
    progress: () => {},
  });
}

function copyFixture(name: string): string {
  const path = join(folder, name);
  copyFileSync(join(FIXTURES, name), path);
  return path;
}

function storedLog(appId: string) {
  const stored = findSparkApplication(store.db, appId);
  if (!stored) throw new Error(`${appId} is not stored`);
  return readSparkLog(store.db, stored.key);
}

describe('collecting event logs', () => {
  it.each([`${EXECUTOR_LOST}.zstd`, `${ADAPTIVE}.zstd`, `${STREAMING}.gz`])('stores all that %s says', async (name) => {
    const path = copyFixture(name);

    await collect();

    const log = await readEventLog(path);
    expect(storedLog(log.application.appId)).toEqual(log);
  });

  it('lists applications by the time they ran', async () => {
    copyFixture(`${EXECUTOR_LOST}.zstd`);
    copyFixture(`${CARTESIAN}.zstd`);

    await collect();

    const ids = (window: typeof WINDOW) =>
      listSparkApplications(store.db, 'c', window).map(({ application }) => application.appId);
    const { startMs } = storedLog(EXECUTOR_LOST).application;
    expect(ids(WINDOW)).toEqual([CARTESIAN, EXECUTOR_LOST]);
    expect(ids({ sinceMs: startMs, untilMs: WINDOW.untilMs })).toEqual([EXECUTOR_LOST]);
    expect(ids({ sinceMs: 0, untilMs: startMs })).toEqual([CARTESIAN]);
    expect(listSparkApplications(store.db, 'other', WINDOW)).toEqual([]);
  });

  it('does not read a log again that has not changed', async () => {
    copyFixture(`${CARTESIAN}.zstd`);

    const first = await collect();
    const second = await collect();

    expect(first).toMatchObject({ detail: '1 log read', gaps: [] });
    expect(first.rows).toBeGreaterThan(5);
    expect(second).toEqual({ rows: 0, detail: '0 logs read, 1 unchanged', gaps: [] });
  });

  it('replaces what it knew of a run when its log has grown', async () => {
    const plain = plainLog(EXECUTOR_LOST);
    const name = `${EXECUTOR_LOST}.inprogress`;
    writeLog(folder, name, plain.subarray(0, plain.length >> 1));
    await collect();
    const partial = storedLog(EXECUTOR_LOST);
    const path = writeLog(folder, name, plain);

    await collect();

    expect(partial.application.finished).toBe(false);
    expect(storedLog(EXECUTOR_LOST)).toEqual(await readEventLog(path));
    expect(listSparkApplications(store.db, 'c', WINDOW)).toHaveLength(1);
  });

  it.each([
    { whole: 'app-1', cut: 'app-2' },
    { whole: 'app-2', cut: 'app-1' },
  ])('keeps the whole of a log beside a cut copy of it: $whole, $cut', async ({ whole, cut }) => {
    const plain = plainLog(EXECUTOR_LOST);
    const path = writeLog(folder, whole, plain);
    writeLog(folder, cut, plain.subarray(0, plain.length >> 1));

    const { gaps } = await collect();
    const again = await collect();

    expect(storedLog(EXECUTOR_LOST)).toEqual(await readEventLog(path));
    const why = cut === 'app-2' ? `it is left out: app-1 tells more of the same application (${EXECUTOR_LOST})` : '';
    expect(gaps.map((gap) => gap.why)).toContainEqual(expect.stringContaining(why));
    expect(again.detail).toBe('0 logs read, 2 unchanged');
  });

  it('goes on with the other logs when one cannot be read, and names it', async () => {
    writeLog(folder, 'app-0.zstd', 'this is no event log');
    copyFixture(`${CARTESIAN}.zstd`);

    const result = await collect();

    expect(result.detail).toBe('1 log read, 1 not readable');
    expect(result.gaps).toMatchObject([
      { ...WINDOW, why: expect.stringMatching(/^app-0\.zstd: .*expected a Spark event log/) },
    ]);
    expect(storedLog(CARTESIAN).jobs).toHaveLength(1);
  });

  it('stores a finished log that was cut up to the cut, and names it', async () => {
    const plain = plainLog(CARTESIAN);
    writeLog(folder, CARTESIAN, plain.subarray(0, plain.length - 1000));

    const result = await collect();

    expect(result.detail).toBe('1 log read, 1 damaged');
    expect(result.gaps[0]?.why).toMatch(new RegExp(`^${CARTESIAN}: the last line is cut`));
    expect(storedLog(CARTESIAN).application.log.damage).not.toEqual([]);
  });

  it('fails where there is nothing at all to read', async () => {
    await expect(collect()).rejects.toThrow('there is no event log in it');
    writeLog(folder, 'app-0', 'nonsense');
    await expect(collect()).rejects.toThrow('expected a Spark event log');
  });

  it('stops between logs when it is asked to', async () => {
    copyFixture(`${CARTESIAN}.zstd`);

    const result = await collect(AbortSignal.abort());

    expect(result).toEqual({ rows: 0, gaps: [], detail: '0 logs read' });
  });

  it('keeps no secret', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG';
    const lines = plainLog(CARTESIAN)
      .toString()
      .replace(
        '"Spark Properties":{',
        `"Spark Properties":{"spark.hadoop.fs.s3a.secret.key":"${secret}","spark.executor.defaultJavaOptions":"-Ddb.password=${secret} -Xss4m",`,
      );
    writeLog(folder, CARTESIAN, lines);

    await collect();

    expect(JSON.stringify(storedLog(CARTESIAN).application)).not.toContain(secret);
    expect(storedLog(CARTESIAN).application.conf['spark.executor.defaultJavaOptions']).toMatch(/redacted.* -Xss4m$/);
  });
});

describe('checking event logs', () => {
  it('says what is there and what to do if nothing is', async () => {
    copyFixture(`${CARTESIAN}.zstd`);

    expect(await sparkLogs.check(Config.parse({ spark: { logs: folder } }))).toEqual({
      state: 'ok',
      detail: `1 log in ${folder}`,
      nextStep: '',
    });
    expect(await sparkLogs.check(Config.parse({}))).toMatchObject({ state: 'absent' });
    expect(await sparkLogs.check(Config.parse({ spark: { logs: join(folder, 'none') } }))).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('ENOENT'),
    });
  });
});
