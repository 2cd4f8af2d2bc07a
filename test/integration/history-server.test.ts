import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sparkLogs } from '../../src/collectors/spark/index.js';
import { readEventLog } from '../../src/collectors/spark/read.js';
import { logPlace } from '../../src/collectors/spark/sources/index.js';
import { collectInput } from '../support/collect.js';
import { installPySpark } from '../support/pyspark.js';

const DATA = join(import.meta.dirname, '../../../shared/data/spark/logs');
const pyspark = installPySpark('3.5');
const missing = existsSync(DATA) ? pyspark.missing : 'the recorded logs (shared/data/spark) are not beside this clone';
if (missing) process.stderr.write(`\n!! SKIPPED: History Server: ${missing}\n`);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

describe.skipIf(missing)('a real History Server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-history-'));
  const logs = join(folder, 'logs');
  const recorded = existsSync(DATA) ? readdirSync(DATA) : [];
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    mkdirSync(logs);
    for (const name of recorded)
      if (name.startsWith('eventlog_v2_')) cpSync(join(DATA, name), join(logs, name), { recursive: true });
      else copyFileSync(join(DATA, name), join(logs, name));
    const settings = {
      'spark.history.fs.logDirectory': `file:${logs}`,
      'spark.history.ui.port': String(port),
      'spark.history.fs.update.interval': '2s',
    };
    server = spawn(
      'java',
      [
        '-Xmx1g',
        ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
        '-cp',
        join(pyspark.home, 'jars/*'),
        'org.apache.spark.deploy.history.HistoryServer',
      ],
      { env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1' }, stdio: 'ignore' },
    );
    const place = await logPlace(collectInput({}, { sinceMs: 0, untilMs: 1 }).config, url);
    for (let known = 0; known < recorded.length; ) {
      if (server.exitCode !== null) throw new Error(`the History Server ended with ${server.exitCode}`);
      await setTimeout(500);
      known = await fetch(`${url}/api/v1/version`).then(
        async () => (await place.list()).length,
        () => 0,
      );
    }
  });

  afterAll(async () => {
    if (server?.exitCode === null) {
      server.kill();
      await once(server, 'exit');
    }
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
