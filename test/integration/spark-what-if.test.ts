import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { wallMs } from '../../src/analyzers/derived/spark-run.js';
import { readEventLog } from '../../src/collectors/spark/read.js';
import { type WhatIf, whatIf } from '../../src/spark/what-if.js';
import { installPySpark } from '../support/pyspark.js';

const execute = promisify(execFile);
const { missing, python } = installPySpark('3.5');
if (missing) process.stderr.write(`\n!! SKIPPED: what-if against real runs: ${missing}\n`);

/** Tasks that sleep for seconds need next to no processor, so that two cores can run eight of them at once. */
const JOB = `
import sys, threading, time
from pyspark.sql import SparkSession
slots, folder = sys.argv[1:]
spark = (SparkSession.builder.master(f"local[{slots}]").appName("sleep")
    .config("spark.ui.enabled", "false").config("spark.eventLog.enabled", "true").config("spark.eventLog.dir", "file://" + folder)
    .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate())
sc = spark.sparkContext
# One worker process per slot is started once, before what is compared.
sc.parallelize(range(16), 16).map(lambda x: x).count()
def sleep(seconds):
    def work(x):
        time.sleep(seconds(x))
        return ((x if isinstance(x, int) else x[0]) % 12, 1)
    return work
# A wide stage, a narrower one behind it, driver time, a skewed stage, and two jobs at once.
sc.parallelize(range(24), 24).map(sleep(lambda x: 2 + x % 3)).reduceByKey(lambda a, b: a + b, 8).map(sleep(lambda x: 1)).count()
time.sleep(2)
sc.parallelize(range(12), 12).map(sleep(lambda x: 9 if x == 3 else 2)).count()
both = [threading.Thread(target=lambda n=n: sc.parallelize(range(n), n).map(sleep(lambda x: 3)).count()) for n in (5, 7)]
for each in both: each.start()
for each in both: each.join()
spark.stop()
`;

/** What all tasks after the first job sleep together: 24 of 2 to 4 s, 12 rows of 1 s, 11 of 2 s and one of 9 s, 12 of 3 s. */
const SLEPT_MS = 151_000;
/** Tasks that take so much longer than they sleep waited for the machine: how long they take on fewer slots is not in the log. */
const CONTENDED = 1.15;

interface Run {
  slots: number;
  /** Time of the tasks over the time that they slept. */
  stretch: number;
  wallMs: number;
  model: WhatIf;
}

describe.skipIf(missing)('the what-if against real runs of work that sleeps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-what-if-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(slots: number): Promise<Run> {
    const events = mkdtempSync(join(folder, 'events-'));
    const script = join(folder, 'sleep.py');
    writeFileSync(script, JOB);
    await execute(python, [script, String(slots), events], {
      env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python },
    });
    const [log] = readdirSync(events);
    const read = await readEventLog(join(events, log ?? ''));
    const model = whatIf(read);
    if (!model) throw new Error('nothing to replay');
    const taskTimeMs = read.stages
      .filter(({ stageId }) => stageId > 0)
      .reduce((sum, stage) => sum + stage.sums.durationMs, 0);
    return { slots, stretch: taskTimeMs / SLEPT_MS, wallMs: wallMs(read), model };
  }

  it('predicts 2, 4 and 8 slots from each of them within 20 %, from more slots where tasks did not wait for the machine', async () => {
    const runs: Run[] = [];
    for (const slots of [2, 4, 8]) runs.push(await run(slots));

    const rows: string[] = [];
    const errors: number[] = [];
    for (const from of runs)
      for (const to of runs) {
        const predicted =
          from === to ? from.model.ownMs : from.model.shapes.find(({ slots }) => slots === to.slots)?.wallMs;
        if (predicted === undefined) throw new Error(`${from.slots} slots say nothing of ${to.slots}`);
        const error = Math.abs(predicted - to.wallMs) / to.wallMs;
        if (from.slots <= to.slots || from.stretch < CONTENDED) errors.push(error);
        rows.push(
          `${from.slots} (tasks ${from.stretch.toFixed(2)} × their sleep) → ${to.slots} slots: predicted ${Math.round(predicted)} ms, real ${Math.round(to.wallMs)} ms, ${(error * 100).toFixed(1)} % off`,
        );
      }
    process.stdout.write(`${rows.join('\n')}\n`);

    expect(Math.max(...errors)).toBeLessThan(0.2);
  });
});
