#!/usr/bin/env node
// What each sizing strategy would have requested, re-decided each day and paid the next, against the best request known only
// afterwards. Reads CSV files (timestamp,value: per cent of a 4-core machine, one per 5 minutes) named *cpu* or grok*:
//   npm run build && node benchmarks/self/sizing.mjs <folder> [--json]
// cost = requested core-hours + 20 × core-hours used above the request; ratio = a strategy's cost / hindsight's, mean over the
// series. `at half`: the request after the first half of each series. All before floors and rounding.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Distribution } from '../../dist/model/distribution.js';
import { foldsOf } from '../../dist/recommend/folds.js';
import { decideCpu } from '../../dist/recommend/size-cpu.js';

const CORES = 4;
const STEP_HOURS = 5 / 60;
const DAY = 288;
const HOUR = 12;
const HOUR_MS = 3_600_000;
const FIRST_DAY = 3;
const UNSERVED = 20;

const folder = process.argv[2];
if (!folder) {
  console.error('usage: sizing.mjs <folder of CSV files> [--json]');
  process.exit(2);
}

const STRATEGIES = {
  'own, safe': { risk: 'safe' },
  'own, balanced': { risk: 'balanced' },
  'own, thrifty': { risk: 'thrifty' },
  krr: { risk: 'balanced', strategy: 'krr' },
  vpa: { risk: 'balanced', strategy: 'vpa' },
};

function read(path) {
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  const timed = rows.map((row) => {
    const [time, value] = row.split(',');
    return [Date.parse(`${time.trim().replace(' ', 'T')}Z`), (Number(value) / 100) * CORES];
  });
  return timed.sort((a, b) => a[0] - b[0]).map(([, value]) => value);
}

function percentile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

function cost(request, used) {
  const unserved = used.reduce((sum, value) => sum + Math.max(0, value - request), 0);
  return (request * used.length + UNSERVED * unserved) * STEP_HOURS;
}

/** The hours that sizing reads; days are of 288 samples, whatever their timestamps. */
function hoursOf(values) {
  return Array.from({ length: Math.ceil(values.length / HOUR) }, (_, hour) => ({
    hourMs: hour * HOUR_MS,
    cpu: Distribution.of(values.slice(hour * HOUR, (hour + 1) * HOUR)),
    memoryMaxBytes: null,
  }));
}

function decide(name, past) {
  if (name === 'max') return Math.max(...past.slice(-14 * DAY));
  return decideCpu(foldsOf(hoursOf(past)), STRATEGIES[name]).cores;
}

const NAMES = [...Object.keys(STRATEGIES), 'max'];
const series = {};
const total = Object.fromEntries([...NAMES, 'hindsight'].map((name) => [name, 0]));
const ratios = Object.fromEntries(NAMES.map((name) => [name, []]));
for (const file of readdirSync(folder)
  .filter((name) => /(cpu.*|^grok.*)\.csv$/.test(name))
  .sort()) {
  const values = read(join(folder, file));
  const costs = Object.fromEntries(Object.keys(total).map((name) => [name, 0]));
  for (let day = FIRST_DAY; day < Math.floor(values.length / DAY); day++) {
    const [past, today] = [values.slice(0, day * DAY), values.slice(day * DAY, (day + 1) * DAY)];
    for (const name of NAMES) costs[name] += cost(decide(name, past), today);
    costs.hindsight += cost(percentile(today, 0.95), today);
  }
  for (const name of Object.keys(total)) total[name] += costs[name];
  for (const name of NAMES) ratios[name].push(costs[name] / costs.hindsight);
  const half = values.slice(0, Math.floor(values.length / 2));
  series[file] = { cost: costs, atHalf: Object.fromEntries(NAMES.map((name) => [name, decide(name, half)])) };
}

const meanRatio = Object.fromEntries(
  NAMES.map((name) => [name, ratios[name].reduce((a, b) => a + b, 0) / ratios[name].length]),
);
if (process.argv.includes('--json')) console.log(JSON.stringify({ series, totalCost: total, meanRatio }, null, 1));
else {
  const files = Object.keys(series);
  const cells = (values) => values.map((value) => value.padStart(14)).join('');
  console.log(`${'ratio to hindsight'.padEnd(46)}${cells(NAMES)}`);
  for (const [i, file] of files.entries())
    console.log(`${file.padEnd(46)}${cells(NAMES.map((name) => ratios[name][i].toFixed(3)))}`);
  console.log(`${'mean'.padEnd(46)}${cells(NAMES.map((name) => meanRatio[name].toFixed(3)))}`);
  console.log(
    `${`total cost (hindsight ${total.hindsight.toFixed(0)})`.padEnd(46)}${cells(NAMES.map((name) => total[name].toFixed(0)))}`,
  );
  console.log('\nrequest after the first half, cores');
  for (const file of files)
    console.log(`${file.padEnd(46)}${cells(NAMES.map((name) => series[file].atHalf[name].toFixed(4)))}`);
}
