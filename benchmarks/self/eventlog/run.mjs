// Compares readers of event logs by CPU time in one run. See README.md.
// Usage: run.mjs --plain LOG [--zstd LOG] [--small LOG] [--spark SPARK_HOME] [--runs 3]
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    plain: { type: 'string' },
    zstd: { type: 'string' },
    small: { type: 'string' },
    spark: { type: 'string' },
    runs: { type: 'string', default: '3' },
  },
});
if (!values.plain) throw new Error('name a large plain log with --plain');

function once(script, ...args) {
  return JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, script), ...args], { encoding: 'utf8' }));
}

/** Reads 99 % of a log, then what is new in all of it; the second is what counts. */
function growTwice(log) {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-benchmark-'));
  try {
    const growing = join(folder, 'log.inprogress');
    copyFileSync(log, growing);
    truncateSync(growing, Math.floor(statSync(log).size * 0.99));
    once('read-growing.mjs', growing, join(folder, 'store.db'));
    copyFileSync(log, growing);
    return once('read-growing.mjs', growing, join(folder, 'store.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const cases = [['sparkfit, plain, rows stored', 'read-log.mjs', values.plain]];
if (values.zstd) cases.push(['sparkfit, zstd, rows stored', 'read-log.mjs', values.zstd]);
if (values.small) cases.push(['sparkfit, a smaller plain log', 'read-log.mjs', values.small]);
cases.push(['JSON.parse of every line', 'parse-lines.mjs', values.plain]);
cases.push(['sparkfit, the last hundredth of a log that grew', () => growTwice(values.plain)]);
if (values.spark) cases.push(['History Server to its first answer', 'history-server.mjs', values.plain, values.spark]);

// Rounds rather than blocks, so that a slow minute of the machine meets all readers.
const samples = new Map(cases.map(([name]) => [name, []]));
for (let run = 0; run < Number(values.runs); run++)
  for (const [name, script, ...args] of cases)
    samples.get(name).push(typeof script === 'function' ? script() : once(script, ...args));

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const ours = median(samples.get(cases[0][0]).map((sample) => sample.cpuSeconds));
const lines = cases.map(([name]) => {
  const runs = samples.get(name);
  const cpuSeconds = median(runs.map((sample) => sample.cpuSeconds));
  const rssMb = Math.max(...runs.map((sample) => sample.peakRssBytes)) / 1e6;
  const { tasks, runMs } = runs[0];
  const cells = [name, cpuSeconds.toFixed(2), (cpuSeconds / ours).toFixed(1), rssMb.toFixed(0), tasks, runMs];
  return `| ${cells.join(' | ')} |`;
});
process.stdout.write(
  `| reader | CPU s | × sparkfit, plain | peak RSS MB | tasks | task run ms |\n|---|---|---|---|---|---|\n${lines.join('\n')}\n`,
);
