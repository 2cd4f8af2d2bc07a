#!/usr/bin/env node
// What following the advice would have paid, over every instance type of a spot price history.
// 1. Families: the plans of `sparkfit spot` (type, zone, start hour; interruptions priced in), made on the first 60 days
//    for families of different run time, width, start hour and place, and paid on the last 30. Fails (exit code 1) if
//    a plan is advised that lost money in its own backtest.
// 2. Zones, as spot/cheaper-zone judges its window, for every zone one may be in; and the start hour of a job of an hour.
//   npm run build && node benchmarks/self/spot-backtest.mjs <records.csv.gz> --types <instance-types.json> [--min-saving 10] [--json]
// The records: gzipped lines "timestamp_epoch_s,availability_zone,instance_type,product_description,spot_price_usd_h".
// The types: [{instance_type, vcpu, memory_mib, arch, gpus: [{name, count}]}]. On-demand prices: those of the package.
// The measure is price alone: the history holds no interruptions. Seeded where chance is used, so runs repeat.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { bundledPrices } from '../../dist/pricing/bundled-prices.js';
import { rankOptions, savingPercent, splitWindow, testChoice } from '../../dist/spot/choice.js';
import { hourEffect } from '../../dist/spot/hour-effect.js';
import { hourGrid, integrate } from '../../dist/spot/hour-grid.js';
import { coveredPieces } from '../../dist/spot/step-function.js';
import { medianOf as median } from '../../dist/statistics/ranks.js';
import { playFamilies } from './spot-families.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'min-saving': { type: 'string', default: '10' },
    product: { type: 'string', default: 'Linux/UNIX' },
    types: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
if (!file || !values.types) {
  console.error(
    'usage: spot-backtest.mjs <records.csv.gz> --types <instance-types.json> [--min-saving 10] [--product Linux/UNIX] [--json]',
  );
  process.exit(2);
}
const minSaving = Number(values['min-saving']);
const DAY = 86_400_000;
const TRAIN_DAYS = 60;
const TEST_DAYS = 30;

/** Steps by type and zone; of two prices at one instant the higher one counts, as in the store. */
function read(path) {
  const series = new Map();
  let untilMs = 0;
  for (const line of gunzipSync(readFileSync(path)).toString().split('\n').slice(1)) {
    const [at, zone, type, product, price] = line.split(',');
    if (product !== values.product) continue;
    const zones = series.get(type) ?? new Map();
    series.set(type, zones);
    const prices = zones.get(zone) ?? new Map();
    zones.set(zone, prices);
    const atMs = Number(at) * 1000;
    prices.set(atMs, Math.max(prices.get(atMs) ?? 0, Number(price)));
    untilMs = Math.max(untilMs, atMs);
  }
  const toSteps = (prices) => {
    const sorted = [...prices].sort((a, b) => a[0] - b[0]);
    return { atMs: Float64Array.from(sorted, ([at]) => at), usdPerHour: Float64Array.from(sorted, ([, usd]) => usd) };
  };
  const types = [...series].map(([type, zones]) => ({
    type,
    options: [...zones].map(([name, prices]) => ({ name, steps: toSteps(prices) })),
  }));
  return { types, untilMs: Math.floor(untilMs / DAY) * DAY };
}

/** Instance types as the store has them. */
function readTypes(path) {
  return JSON.parse(readFileSync(path, 'utf8')).map(({ instance_type: name, vcpu, memory_mib, arch, gpus }) => ({
    name,
    vcpu,
    memoryBytes: memory_mib * 1024 * 1024,
    architecture: arch.find((each) => each === 'x86_64' || each === 'arm64') ?? arch[0] ?? null,
    gpuCount: gpus.reduce((sum, { count }) => sum + count, 0),
    gpuName: gpus[0]?.name ?? null,
  }));
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
const percentText = (value) => `${value.toFixed(1)} %`;

/** One row per type and zone to stay in: what was advised, and what it would have paid. */
function zoneRows({ type, options }, window) {
  const { train, test } = splitWindow(window, TRAIN_DAYS / (TRAIN_DAYS + TEST_DAYS));
  const before = rankOptions(options, train);
  const after = rankOptions(options, test);
  if (before.length < 2) return [];
  return before.flatMap((own) => {
    const cheaper = savingPercent(own.mean, before[0].mean) >= minSaving;
    const tested = cheaper ? testChoice(options, own.name, train, 2 / 3) : undefined;
    const advised = tested !== undefined && tested.savedPercent >= minSaving;
    const plan = advised ? before[0].name : own.name;
    const stayed = after.find(({ name }) => name === own.name);
    const paid = after.find(({ name }) => name === plan);
    if (!stayed || !paid) return [];
    const saved = savingPercent(stayed.mean, paid.mean);
    return [{ type, zone: own.name, advised, saved, regret: (paid.mean / after[0].mean - 1) * 100 }];
  });
}

/** The best start hour of the first part against the typical one, paid in the last, in the type's cheapest zone. */
function hourRow({ type, options }, window) {
  const { train, test } = splitWindow(window, TRAIN_DAYS / (TRAIN_DAYS + TEST_DAYS));
  const best = rankOptions(options, train)[0];
  const steps = options.find(({ name }) => name === best?.name)?.steps;
  if (!steps) return undefined;
  const effectIn = (part) => {
    const grid = hourGrid(part, 'UTC');
    return hourEffect(grid, integrate(coveredPieces(steps, part), grid));
  };
  const chosen = effectIn(train);
  const paid = effectIn(test);
  if (chosen.p === null || paid.p === null) return undefined;
  const hour = chosen.relativeCost.indexOf(Math.min(...chosen.relativeCost));
  const saved = (1 - paid.relativeCost[hour] / median(paid.relativeCost)) * 100;
  return { type, advised: chosen.matters, saved };
}

const { types, untilMs } = read(file);
const window = { sinceMs: untilMs - (TRAIN_DAYS + TEST_DAYS) * DAY, untilMs };
const rows = types.flatMap((type) => zoneRows(type, window));
const moved = rows.filter(({ advised }) => advised);
const savings = moved.map(({ saved }) => saved).sort((a, b) => a - b);
const regrets = rows.map(({ regret }) => regret).sort((a, b) => a - b);
const stayRegrets = types
  .flatMap((type) => {
    const after = rankOptions(type.options, splitWindow(window, TRAIN_DAYS / (TRAIN_DAYS + TEST_DAYS)).test);
    const placed = rows.filter((row) => row.type === type.type);
    return placed.map(({ zone }) => (after.find(({ name }) => name === zone).mean / after[0].mean - 1) * 100);
  })
  .sort((a, b) => a - b);
const hours = types.map((type) => hourRow(type, window)).filter((row) => row !== undefined);
const hourSavings = hours.map(({ saved }) => saved).sort((a, b) => a - b);

const listed = bundledPrices('us-east-1');
const families = playFamilies(
  types,
  readTypes(values.types),
  (type) => listed?.instance(type, values.product)?.usd,
  untilMs,
  { trainDays: TRAIN_DAYS, testDays: TEST_DAYS },
);

const result = {
  types: types.length,
  window: { since: new Date(window.sinceMs).toISOString(), until: new Date(window.untilMs).toISOString() },
  minSavingPercent: minSaving,
  families,
  zones: {
    places: rows.length,
    advised: moved.length,
    paidLess: moved.filter(({ saved }) => saved > 0).length,
    keptThreshold: moved.filter(({ saved }) => saved >= minSaving).length,
    medianSavingPercent: median(savings),
    p10SavingPercent: quantile(savings, 0.1),
    worstSavingPercent: savings[0] ?? null,
    medianRegretPercent: median(regrets),
    p90RegretPercent: quantile(regrets, 0.9),
    medianRegretOfStayingPercent: median(stayRegrets),
    p90RegretOfStayingPercent: quantile(stayRegrets, 0.9),
  },
  hours: {
    types: hours.length,
    advised: hours.filter(({ advised }) => advised).length,
    medianSavingOfBestHourPercent: median(hourSavings),
    p90SavingOfBestHourPercent: quantile(hourSavings, 0.9),
  },
};

function printFamilies({ types: planned, notPlanned, all, onSpot, onDemand, advised, advisedOnSpot, ...checks }) {
  const line = (label, part) => {
    if (part.families === 0) return;
    const share = `${part.paidLess} of ${part.families} (${percentText(part.paidLessPercent)}) paid less, ${part.paidMore} more`;
    console.log(`  ${label.padEnd(26)} ${share}`);
    console.log(
      `  ${''.padEnd(26)} saving median ${percentText(part.medianSavingPercent)}, worst ${percentText(part.worstSavingPercent)}; regret median ${part.medianRegretPercent.toFixed(2)} %`,
    );
  };
  console.log(`Families of ${planned} types: the plan of the first ${TRAIN_DAYS} days against staying`);
  line('every plan', all);
  line('  on spot today', onSpot);
  line('  on demand today', onDemand);
  line('plans that were advised', advised);
  line('  on spot today', advisedOnSpot);
  console.log(
    `  with all ${TRAIN_DAYS + TEST_DAYS} days: ${checks.lostInBacktest} plans lost or saved nothing in their backtest, ${checks.advisedAndLostInBacktest} of them were advised (${checks.advisedToday} advised in all)`,
  );
  const { families: count, unknownToAdvisor: old } = notPlanned;
  if (count > 0)
    console.log(
      `  no plan for ${count} families: too little is known of them; the Spot Advisor does not have ${old.length} types (${old.join(', ')})`,
    );
  console.log('');
}

function printText({ zones, hours: byHour }) {
  console.log(`${result.types} types, ${result.window.since.slice(0, 10)} to ${result.window.until.slice(0, 10)}`);
  console.log(`chosen on the first ${TRAIN_DAYS} days, paid on the last ${TEST_DAYS}; price only, no interruptions\n`);
  printFamilies(families);
  const share = (part, whole) => (whole > 0 ? percentText((part / whole) * 100) : 'none');
  console.log(`Zone (move from ${minSaving} % on), for each type and each zone one may be in: ${zones.places} places`);
  console.log(`  a move was advised          ${zones.advised} (${share(zones.advised, zones.places)})`);
  console.log(`  and paid less than staying  ${zones.paidLess} (${share(zones.paidLess, zones.advised)})`);
  console.log(
    `  and kept ${minSaving} % or more       ${zones.keptThreshold} (${share(zones.keptThreshold, zones.advised)})`,
  );
  console.log(
    `  saving where advised        median ${percentText(zones.medianSavingPercent)}, p10 ${percentText(zones.p10SavingPercent)}, worst ${percentText(zones.worstSavingPercent ?? Number.NaN)}`,
  );
  console.log(
    `  regret against hindsight    median ${percentText(zones.medianRegretPercent)}, p90 ${percentText(zones.p90RegretPercent)}`,
  );
  console.log(
    `  regret of staying always    median ${percentText(zones.medianRegretOfStayingPercent)}, p90 ${percentText(zones.p90RegretOfStayingPercent)}\n`,
  );
  console.log(`Start hour, in the cheapest zone: ${byHour.types} types`);
  console.log(`  an hour was advised         ${byHour.advised}`);
  console.log(
    `  best hour of the first part median ${byHour.medianSavingOfBestHourPercent.toFixed(3)} % less in the last part, p90 ${byHour.p90SavingOfBestHourPercent.toFixed(3)} %`,
  );
}

if (values.json) console.log(JSON.stringify(result, null, 2));
else printText(result);
if (families.advisedAndLostInBacktest > 0) process.exitCode = 1;
