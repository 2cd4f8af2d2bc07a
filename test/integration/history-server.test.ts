import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sparkLogs } from '../../src/collectors/spark/index.js';
import { readEventLog } from '../../src/collectors/spark/read.js';
import { logPlace } from '../../src/collectors/spark/sources/index.js';
import { collectInput } from '../support/collect.js';
import { type Program, startProgram } from '../support/program.js';
import { installPySpark } from '../support/pyspark.js';

const DATA = join(import.meta.dirname, '../../../shared/data/spark/logs');
const pyspark = installPySpark('3.5');
const missing = existsSync(DATA) ? pyspark.missing : 'the recorded logs (shared/data/spark) are not beside this clone';
if (missing) process.stderr.write(`\n!! SKIPPED: History Server: ${missing}\n`);

describe.skipIf(missing)('a real History Server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-history-'));
  const logs = join(folder, 'logs');
  const recorded = existsSync(DATA) ? readdirSync(DATA) : [];
  let server: Program;
  let url: string;

  beforeAll(async () => {
    mkdirSync(logs);
    for (const name of recorded)
      if (name.startsWith('eventlog_v2_')) cpSync(join(DATA, name), join(logs, name), { recursive: true });
      else copyFileSync(join(DATA, name), join(logs, name));
    const settings = (port: number) => ({
      'spark.history.fs.logDirectory': `file:${logs}`,
      'spark.history.fs.update.interval': '2s',
      'spark.history.ui.port': String(port),
      // It would go on to the next port, where nobody asks it.
      'spark.port.maxRetries': '0',
    });
    server = await startProgram({
      command: 'java',
      words: (port) => [
        '-Xmx1g',
        ...Object.entries(settings(port)).map(([name, value]) => `-D${name}=${value}`),
        '-cp',
        join(pyspark.home, 'jars/*'),
        'org.apache.spark.deploy.history.HistoryServer',
      ],
      readyPath: '/api/v1/version',
      environment: { SPARK_LOCAL_IP: '127.0.0.1' },
    });
    ({ url } = server);
    const place = await logPlace(collectInput({}, { sinceMs: 0, untilMs: 1 }).config, url);
    while ((await place.list()).length < recorded.length) await setTimeout(500);
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the rows of the logs it serves, of every codec and layout', async () => {
    const place = await logPlace(collectInput({}, { sinceMs: 0, untilMs: 1 }).config, url);
    const downloaded = new Map<string, unknown>();
    for (const log of await place.list()) {
      const { application, ...rows } = (await log.read()).log;
      const { log: facts, ...own } = application;
      downloaded.set(application.appId, { ...rows, application: { ...own, log: { ...facts, path: '' } } });
    }

    expect(downloaded.size).toBe(recorded.length);
    for (const name of recorded) {
      const { application, ...rows } = await readEventLog(join(logs, name));
      const expected = { ...rows, application: { ...application, log: { ...application.log, path: '' } } };
      expect(downloaded.get(application.appId), name).toEqual(expected);
    }
  });

  it('is not asked twice for a log that has not changed', async () => {
    const input = collectInput({ spark: { logs: url } }, { sinceMs: 0, untilMs: Date.now() });

    const first = await sparkLogs.collect(input);
    const second = await sparkLogs.collect(input);

    expect(first.detail).toMatch(new RegExp(`^${recorded.length} logs read`));
    expect(second.detail).toBe(`0 logs read, ${recorded.length} unchanged`);
  });
});
