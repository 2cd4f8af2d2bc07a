import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEventLog, readGrowingLog } from '../../src/collectors/spark/read.js';
import type { SparkLog } from '../../src/model/spark.js';
import { openStore } from '../../src/store/open.js';
import { findSparkApplication, readSparkLog } from '../../src/store/spark.js';
import { continueSparkLog, writeSparkLog } from '../../src/store/spark-write.js';

/** Real logs of every codec and layout; see CONTRIBUTING. */
const DATA = join(import.meta.dirname, '../../../shared/data/spark/logs');
const PRESENT = existsSync(DATA);
if (!PRESENT) process.stderr.write(`\n!! SKIPPED: no recorded logs at ${DATA}\n\n`);
const LOGS = PRESENT ? readdirSync(DATA).filter((name) => statSync(join(DATA, name)).isFile()) : [];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-growing-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Reading {
  before?: Uint8Array | null;
  application?: number;
  continued: number;
  /** Readings that an earlier one left something for: one that saw the application's start. */
  expected: number;
}

/** One reading of a log that grows, stored. */
async function readOn(db: ReturnType<typeof openStore>['db'], path: string, reading: Reading): Promise<SparkLog> {
  const read = await readGrowingLog(path, { state: reading.before ?? undefined });
  const { application } =
    read.continued && reading.application !== undefined
      ? continueSparkLog(db, reading.application, read.log)
      : writeSparkLog(db, 'c', read.log);
  if (reading.before) reading.expected++;
  if (read.continued) reading.continued++;
  reading.before = read.state;
  reading.application = application;
  return read.log;
}

function rowsIn(db: ReturnType<typeof openStore>['db'], appId: string) {
  const found = findSparkApplication(db, appId);
  if (!found) throw new Error(`${appId} is not stored`);
  return readSparkLog(db, found.key);
}

async function storedAtOnce(path: string, appId: string) {
  const store = openStore(':memory:');
  try {
    writeSparkLog(store.db, 'c', await readEventLog(path));
    return rowsIn(store.db, appId);
  } finally {
    store.close();
  }
}

describe.skipIf(!PRESENT)('a real log that grows', () => {
  it.each(LOGS)('%s, cut at any bytes and continued, is stored as if read at once', async (name) => {
    const whole = readFileSync(join(DATA, name));
    const cut = fc.integer({ min: Math.floor(whole.length * 0.5), max: whole.length });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(cut, { minLength: 1, maxLength: 2 }), async (cuts) => {
        const store = openStore(':memory:');
        const path = join(folder, `${name.replace(/\.inprogress$/, '')}.inprogress`);
        const reading: Reading = { continued: 0, expected: 0 };
        try {
          for (const length of [...cuts.sort((a, b) => a - b), whole.length]) {
            writeFileSync(path, whole.subarray(0, length));
            const { appId } = (await readOn(store.db, path, reading)).application;
            expect(rowsIn(store.db, appId)).toEqual(await storedAtOnce(path, appId));
          }
          expect(reading.continued).toBe(reading.expected);
        } finally {
          store.close();
          rmSync(path);
        }
      }),
      { numRuns: 2, seed: 20261125 },
    );
  });

  it('of several files, of which the oldest were compacted meanwhile, keeps what it knew', async () => {
    const [name = ''] = readdirSync(DATA).filter((entry) => entry.startsWith('eventlog_v2_') && entry.endsWith('0042'));
    const log = join(folder, name);
    const [first = '', second = ''] = readdirSync(join(DATA, name))
      .filter((file) => file.startsWith('events_'))
      .sort();
    const whole = readFileSync(join(DATA, name, second));
    mkdirSync(log);
    writeFileSync(join(log, `${name.replace('eventlog_v2_', 'appstatus_')}.inprogress`), '');
    cpSync(join(DATA, name, first), join(log, first));
    writeFileSync(join(log, second), whole.subarray(0, whole.length >> 1));
    const store = openStore(':memory:');
    const reading: Reading = { continued: 0, expected: 0 };
    await readOn(store.db, log, reading);

    rmSync(join(log, first));
    writeFileSync(join(log, `${first}.compact`), '');
    writeFileSync(join(log, second), whole);
    const { appId } = (await readOn(store.db, log, reading)).application;

    const { application: _, ...rows } = rowsIn(store.db, appId);
    const { application: __, ...expected } = await storedAtOnce(join(DATA, name), appId);
    expect(rows).toEqual(expected);
    expect(reading.continued).toBe(1);
    store.close();
  });
});
