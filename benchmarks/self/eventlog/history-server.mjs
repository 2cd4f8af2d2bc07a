// CPU time that Spark's History Server takes from its start to its first answer about the stages of one log.
// Usage: history-server.mjs LOG SPARK_HOME   (SPARK_HOME: an installation, or the folder of the pyspark package)
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const [log, home] = process.argv.slice(2).map((path) => resolve(path));

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function answer(url) {
  try {
    const response = await fetch(url);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** CPU seconds and peak memory of a process, from /proc (Linux; a clock tick is 1/100 s). */
function usageOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakRssBytes: Number(peak[1]) * 1024 };
}

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-benchmark-'));
// The server takes the end of a name for the codec.
symlinkSync(log, join(folder, `application${/\.(?:zstd|lz4|snappy|lzf)$/.exec(log)?.[0] ?? ''}`));
const port = await freePort();
const server = spawn(
  'java',
  [
    '-Xmx4g',
    '--add-opens=java.base/java.lang=ALL-UNNAMED',
    '--add-opens=java.base/java.nio=ALL-UNNAMED',
    '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
    `-Dspark.history.fs.logDirectory=file://${folder}`,
    `-Dspark.history.ui.port=${port}`,
    '-cp',
    `${home}/jars/*`,
    'org.apache.spark.deploy.history.HistoryServer',
  ],
  { env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1' }, stdio: 'ignore' },
);
try {
  const base = `http://127.0.0.1:${port}/api/v1/applications`;
  let stages;
  for (let tries = 0; !stages && tries < 600; tries++) {
    await setTimeout(500);
    const [application] = (await answer(base)) ?? [];
    if (application) stages = await answer(`${base}/${application.id}/stages`);
  }
  if (!stages) throw new Error('the History Server gave no answer');
  const total = (count) => stages.reduce((sum, stage) => sum + count(stage), 0);
  const facts = { tasks: total((s) => s.numCompleteTasks), runMs: total((s) => s.executorRunTime) };
  process.stdout.write(`${JSON.stringify({ ...usageOf(server.pid), ...facts })}\n`);
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
