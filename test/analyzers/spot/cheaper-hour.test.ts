import { describe, expect, it } from 'vitest';
import { spotCheaperHour } from '../../../src/analyzers/spot/cheaper-hour.js';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.js';
import type { Store } from '../../../src/store/open.js';
import { WINDOW as PRICES, readRecords, storeWith } from '../../spot/fixture.js';
import { addNodes, collected, evaluate } from '../fixture.js';

const WINDOW = { sinceMs: PRICES.untilMs - 14 * DAY_MS, untilMs: PRICES.untilMs };
const RECORDS = [...readRecords('planted-hours.csv.gz'), ...readRecords('spot.csv.gz')];

interface Family {
  schedule?: string;
  timeZone?: string;
  runs?: number;
  runHours?: number;
  node?: string;
  spec?: boolean;
}

function addFamily(
  store: Store,
  { schedule = '0 14 * * *', timeZone, runs = 10, runHours = 1, node = 'n1', spec = true }: Family,
) {
  const text = spec ? JSON.stringify({ schedule, ...(timeZone ? { timeZone } : {}) }) : null;
  const id = store.db
    .prepare(
      `INSERT INTO workload (cluster, namespace, kind, name, spec, first_seen_ms, last_seen_ms)
       VALUES ('test', 'analytics', 'ScheduledSparkApplication', 'nightly', ?, ?, ?)`,
    )
    .run(text, WINDOW.sinceMs, WINDOW.untilMs).lastInsertRowid;
  const addPod = store.db.prepare(
    `INSERT INTO pod (cluster, namespace, name, workload_id, role, run_name, node, first_seen_ms, last_seen_ms)
     VALUES ('test', 'analytics', ?, ?, 'executor', ?, ?, ?, ?)`,
  );
  for (let run = 0; run < runs; run++) {
    const startMs = WINDOW.sinceMs + run * DAY_MS + 14 * HOUR_MS;
    for (const exec of [1, 2])
      addPod.run(`nightly-${run}-exec-${exec}`, id, `nightly-${run}`, node, startMs, startMs + runHours * HOUR_MS);
  }
}

function evaluateWith(instanceType: string, family: Family, capacity: 'spot' | 'on-demand' = 'spot') {
  const store = storeWith(RECORDS);
  collected(store, WINDOW, ['kubernetes', 'aws-spot']);
  addNodes(store, WINDOW, [{ name: 'n1', instanceType, capacity }]);
  addFamily(store, family);
  return evaluate(store, spotCheaperHour, WINDOW);
}

describe('spot/cheaper-hour', () => {
  it('finds the planted hours in the schedule’s own zone, with backtest and patch', () => {
    const [finding] = evaluateWith('x9a.4xlarge', { timeZone: 'America/New_York' });
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'ScheduledSparkApplication', namespace: 'analytics', name: 'nightly' },
    });
    expect(finding?.title).toMatch(
      /^Started at 0[2-5]:00 instead of 14:00 \(America\/New_York\) a run costs 6\.0 % less on spot$/,
    );
    expect(finding?.recommendation?.backtest).toMatchObject({ passed: true });
    expect(finding?.recommendation?.patches[0]?.content).toMatch(
      /schedule: "?0 [2-5] \* \* \*"?\n {2}timeZone: America\/New_York/,
    );
  });

  it('prices the whole run: four cheap hours are a quarter of sixteen', () => {
    const [finding] = evaluateWith('x9a.4xlarge', { timeZone: 'America/New_York', runHours: 16 });
    expect(finding).toMatchObject({ state: 'ok', title: expect.stringContaining('does not matter') });
  });

  it('is fine with a schedule that starts at a cheap hour', () => {
    const [finding] = evaluateWith('x9a.4xlarge', { schedule: '30 3 * * *', timeZone: 'America/New_York' });
    expect(finding).toMatchObject({ state: 'ok', title: expect.stringContaining('It starts at a cheap hour') });
  });

  it.each(['x9c.4xlarge', 'x9d.4xlarge', 'r5.4xlarge', 'g4dn.xlarge'])(
    'says with the spread that the hour does not matter on %s',
    (type) => {
      const [finding] = evaluateWith(type, {});
      expect(finding).toMatchObject({ state: 'ok' });
      expect(finding?.title).toMatch(
        /^The start hour does not matter: [\d.]+ % between the cheapest and the dearest start hour$/,
      );
    },
  );

  it.each<[string, Family, string, string]>([
    ['runs every hour', { schedule: '0 * * * *' }, 'not-applicable', 'does not start at one time of the day'],
    ['runs twice a day', { schedule: '0 2,14 * * *' }, 'not-applicable', 'does not start at one time of the day'],
    ['was seen twice', { runs: 2 }, 'insufficient-data', '2 runs seen, 3 are needed'],
    ['has no schedule that was read', { spec: false }, 'insufficient-data', 'was not seen in the Kubernetes API'],
    [
      'ran on nodes that are not known',
      { node: 'gone' },
      'insufficient-data',
      'nodes that its pods ran on are not known',
    ],
  ])('has another state for a family that %s', (_name, family, state, title) => {
    expect(evaluateWith('x9a.4xlarge', family)).toMatchObject([{ state, title: expect.stringContaining(title) }]);
  });

  it('does not apply off spot', () => {
    expect(evaluateWith('x9a.4xlarge', {}, 'on-demand')).toMatchObject([{ state: 'not-applicable' }]);
  });

  it('has no answer without prices of the type', () => {
    expect(evaluateWith('m5.large', {})).toMatchObject([
      { state: 'insufficient-data', title: expect.stringContaining('0 of 14 days') },
    ]);
  });
});
