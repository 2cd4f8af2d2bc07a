#!/usr/bin/env node
// A million spot price changes: loaded as the collector stores them (pages of 1,000 records, twenty with their cursor
// in one transaction), then answered (all statistics, hours and plans of every type). Bar: < 10 s and < 300 MB on 2 cores.
//   npm run build && node benchmarks/self/spot-load.mjs [--records 1000000] [--json]
// Made, seeded: 240 types in 6 zones of one region over 90 days, prices that walk. CPU time counts, since the machine
// may be shared; wall time is shown beside it.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Config } from '../../dist/config/schema.js';
import { buildSpotReport } from '../../dist/spot/report.js';
import { randomBits } from '../../dist/statistics/random.js';
import { setCursor } from '../../dist/store/collections.js';
import { openStore } from '../../dist/store/open.js';
import { spotWriter } from '../../dist/store/spot.js';

const { values } = parseArgs({
  options: { records: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
});
const RECORDS = Number(values.records);
const DAY = 86_400_000;
const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const SINCE = UNTIL - 90 * DAY;
const ZONES = ['a', 'b', 'c', 'd', 'e', 'f'];
const TYPES = 240;
const PAGE = 1000 * 20;

/** Newest first and all series mixed, as AWS sends them. */
function* pages() {
  const next = randomBits(7);
  const series = TYPES * ZONES.length;
  const prices = Float64Array.from({ length: series }, () => 0.1 + (next() % 1000) / 1000);
  let page = [];
  for (let i = 0; i < RECORDS; i++) {
    const at = i % series;
    prices[at] = Math.max(0.01, prices[at] * (1 + ((next() % 2001) - 1000) / 50_000));
    page.push({
      region: 'us-east-1',
      zone: `us-east-1${ZONES[at % ZONES.length]}`,
      zoneId: null,
      instanceType: `m${Math.floor(at / ZONES.length)}.large`,
      product: 'Linux/UNIX',
      atMs: UNTIL - Math.round(((i + 1) / RECORDS) * (UNTIL - SINCE)),
      usdPerHour: Math.round(prices[at] * 10_000) / 10_000,
    });
    if (page.length === PAGE || i === RECORDS - 1) {
      yield page;
      page = [];
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-spot-load-'));
const path = join(folder, 'spot.db');
const cpuSeconds = ({ user, system }) => (user + system) / 1e6;

function timed(work) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const value = work();
  return { value, cpu: cpuSeconds(process.cpuUsage(cpu)), wall: (performance.now() - wall) / 1000 };
}

try {
  const store = openStore(path);
  const write = spotWriter(store.db);
  const storePage = store.db.transaction((page, i) => {
    setCursor(store.db, 'aws-spot', '', 'us-east-1|Linux/UNIX|*', JSON.stringify({ page: i }));
    return write(page);
  });
  const load = timed(() => {
    let [rows, i] = [0, 0];
    for (const page of pages()) rows += storePage(page, i++);
    return rows;
  });
  const answer = timed(() =>
    buildSpotReport(
      store.db,
      { timeZone: 'America/New_York', window: { sinceMs: SINCE, untilMs: UNTIL } },
      Config.parse({}),
      UNTIL,
    ),
  );
  const single = timed(() =>
    buildSpotReport(
      store.db,
      { types: ['m7.large'], timeZone: 'UTC', window: { sinceMs: SINCE, untilMs: UNTIL } },
      Config.parse({}),
      UNTIL,
    ),
  );
  store.close();
  const result = {
    records: load.value,
    series: TYPES * ZONES.length,
    types: answer.value.types.length,
    loadCpuSeconds: load.cpu,
    loadWallSeconds: load.wall,
    answerCpuSeconds: answer.cpu,
    answerWallSeconds: answer.wall,
    oneTypeCpuSeconds: single.cpu,
    totalCpuSeconds: load.cpu + answer.cpu,
    totalWallSeconds: load.wall + answer.wall,
    peakMemoryMB: process.resourceUsage().maxRSS / 1024,
    storeMB: statSync(path).size / 1e6,
  };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else {
    console.log(`${result.records} price changes of ${result.types} types, ${result.series} series, 90 days`);
    console.log(`  load     ${load.cpu.toFixed(1)} s CPU, ${load.wall.toFixed(1)} s wall`);
    console.log(
      `  answer   ${answer.cpu.toFixed(1)} s CPU, ${answer.wall.toFixed(1)} s wall: every type, zone and hour`,
    );
    console.log(`  one type ${single.cpu.toFixed(2)} s CPU`);
    console.log(
      `  together ${result.totalCpuSeconds.toFixed(1)} s CPU (bar 10 s), ${result.totalWallSeconds.toFixed(1)} s wall`,
    );
    console.log(
      `  memory   ${result.peakMemoryMB.toFixed(0)} MB at most (bar 300 MB), store ${result.storeMB.toFixed(0)} MB`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
