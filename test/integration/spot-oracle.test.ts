import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { awsInstances } from '../../src/collectors/aws/instances/index.js';
import { awsPrices } from '../../src/collectors/aws/prices/index.js';
import { awsSpot } from '../../src/collectors/aws/spot/index.js';
import type { Collector } from '../../src/collectors/collector.js';
import { collectAll } from '../../src/collectors/run.js';
import { Config } from '../../src/config/schema.js';
import { buildSpotReport, type SpotTypeRow } from '../../src/spot/report.js';
import { openStore, type Store } from '../../src/store/open.js';
import { Oracle, tolerance, WINDOW } from '../spot/fixture.js';
import { startAwsReplay } from '../support/aws-replay.js';

/** Recorded AWS data with a server that answers from it; kept beside the repository. */
const DATA = join(import.meta.dirname, '../../../shared/data/aws');
const PRESENT = existsSync(join(DATA, 'replay_aws.mjs'));
if (!PRESENT) process.stderr.write(`\n!! SKIPPED: no recorded AWS data at ${DATA}\n\n`);

const COLLECT = { sinceMs: Date.parse('2021-03-02T00:00:00Z'), untilMs: Date.parse('2021-05-31T00:00:00Z') };

const server = { url: '', stop() {} };

beforeAll(async () => {
  if (PRESENT) Object.assign(server, await startAwsReplay(DATA));
});
afterAll(() => server.stop());
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => vi.unstubAllEnvs());

function collectInto(store: Store, aws: object, collectors: readonly Collector[]) {
  const input = {
    config: Config.parse({ aws }),
    store,
    window: COLLECT,
    sinceGiven: true,
    cluster: 'test',
    signal: new AbortController().signal,
    progress: () => {},
  };
  return collectAll(collectors, input, Date.now, () => {});
}

/**
 * The server keeps 90 days up to its last record, so that it lacks the price in force at the window's start of the
 * one series whose record lies a few minutes before that.
 */
function cutByServer(type: string, zone: string): boolean {
  return type === 't2.medium' && zone === 'us-east-1e';
}

function near(own: number | null | undefined, truth: number | null | undefined, decimals: number, what: string): void {
  if (truth === null || truth === undefined) expect(own, what).toBeNull();
  else expect(Math.abs((own ?? Number.NaN) - truth), what).toBeLessThanOrEqual(tolerance(decimals));
}

describe.skipIf(!PRESENT)('spot prices over the wire', () => {
  const oracle = PRESENT ? Oracle.parse(JSON.parse(readFileSync(join(DATA, 'oracle.json'), 'utf8'))) : { types: {} };
  const planted = ['x9a.4xlarge', 'x9b.4xlarge', 'x9c.4xlarge', 'x9d.4xlarge'];
  const products = ['Linux/UNIX', 'Red Hat Enterprise Linux', 'SUSE Linux', 'Windows'];
  const store = openStore(':memory:');
  const config = Config.parse({ aws: { products } });
  const report = (timeZone: string) =>
    buildSpotReport(store.db, { timeZone, window: WINDOW }, config, WINDOW.untilMs).types;

  beforeAll(async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const few = Object.entries(oracle.types).filter(([, byProduct]) => Object.keys(byProduct).length > 1);
    await collectInto(store, { instanceTypes: [...Object.keys(oracle.types), ...planted] }, [awsPrices, awsSpot]);
    await collectInto(store, { instanceTypes: few.map(([type]) => type), products }, [awsSpot]);
  });
  afterAll(() => store.close());

  function compare(row: SpotTypeRow, timeZone: string): number {
    const truth = oracle.types[row.type]?.[row.product];
    if (!truth) return 0;
    const name = `${row.type} ${row.product}`;
    expect(row.cheapestZones, name).toEqual(truth.cheapest_az);
    near(row.zoneSpreadPercent, truth.az_spread_pct, 4, `${name} zone spread`);
    if (row.onDemand !== null) near(row.savingPercent, truth.saving_vs_on_demand_pct, 4, `${name} saving`);
    for (const own of row.zones) {
      const there = truth.azs[own.zone];
      const at = `${name} ${own.zone}`;
      if (cutByServer(row.type, own.zone)) continue;
      near(own.mean, there?.mean, 8, `${at} mean`);
      near(own.median, there?.median, 8, `${at} median`);
      near(own.p95, there?.p95, 8, `${at} p95`);
      near(own.coverage, there?.coverage, 8, `${at} coverage`);
      near(own.changesPerDay, there?.changes_per_day, 6, `${at} changes`);
      const hours = there?.hours?.[timeZone];
      if (!hours) continue;
      expect(own.hours?.cheapest, at).toEqual(hours.cheapest);
      near(own.hours?.spreadPercent, hours.spread_pct, 4, `${at} hour spread`);
      for (const [hour, mean] of hours.mean.entries()) near(own.hours?.mean[hour], mean, 8, `${at} ${hour}:00`);
    }
    return 1;
  }

  it.each(['UTC', 'America/New_York', 'Asia/Kolkata'])(
    'are those of the oracle for all types, hours in %s',
    (timeZone) => {
      const compared = report(timeZone).reduce((count, row) => count + compare(row, timeZone), 0);
      expect(compared).toBe(Object.values(oracle.types).flatMap((byProduct) => Object.keys(byProduct)).length);
    },
  );

  it('advise no hour for any real type, and the planted ones where they are', () => {
    const matters = report('America/New_York').filter(({ hours }) => hours?.matters);
    expect(matters.map(({ type, hours }) => [type, hours?.cheapest])).toEqual([
      ['x9a.4xlarge', [2, 3, 4, 5]],
      ['x9b.4xlarge', [8, 9, 10, 11, 12, 13]],
    ]);
    // Planted: 6 % and 3 %, to half a point.
    const sizes = matters.map(({ hours }) => hours?.savingPercent ?? Number.NaN);
    expect(Math.abs((sizes[0] ?? 0) - 6)).toBeLessThan(0.5);
    expect(Math.abs((sizes[1] ?? 0) - 3)).toBeLessThan(0.5);
  });
});

const FAULTS = [
  'throttle',
  '500',
  '503',
  'slow',
  'truncate',
  'shortxml',
  'reset',
  'expired',
  'auth',
  'denied',
  'html',
  'emptypage',
  'badtoken',
  'clockskew',
];
/** Nothing but new credentials or rights helps against these. */
const STAYS = ['expired', 'auth', 'denied'];

describe.skipIf(!PRESENT)('each fault of the server', () => {
  const aws = { instanceTypes: ['r5.4xlarge', 'm5.xlarge'], timeoutSeconds: 5 };
  const collectors = [awsPrices, awsSpot];

  async function plan(method: 'POST' | 'DELETE', fault?: object): Promise<void> {
    await fetch(`${server.url}/__fault`, { method, ...(fault ? { body: JSON.stringify(fault) } : {}) });
  }

  const dump = (store: Store) =>
    ['spot_price', 'on_demand_price', 'volume_price', 'instance_type', 'zone_offering'].map((table) =>
      store.db.prepare(`SELECT * FROM ${table}`).raw().all(),
    );

  it.each(FAULTS)('%s in the middle: nothing lost, nothing double, every gap named', async (kind) => {
    const clean = openStore(':memory:');
    await collectInto(clean, aws, collectors);
    const store = openStore(':memory:');
    for (const match of [
      'DescribeSpotPriceHistory',
      'GetProducts',
      'DescribeInstanceTypes',
      'DescribeInstanceTypeOfferings',
    ])
      await plan('POST', { match, kind, count: 1, after: 1, ms: 60_000 });
    const hurt = await collectInto(store, aws, collectors);
    await plan('DELETE');
    const stays = STAYS.includes(kind);
    expect(hurt.map(({ state }) => state)).toEqual(stays ? ['partial', 'partial'] : ['ok', 'ok']);
    for (const { gaps, rows } of hurt) {
      expect(gaps.length > 0).toBe(stays);
      expect(rows).toBeGreaterThan(0);
    }
    const again = await collectInto(store, aws, collectors);
    expect(again.map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(dump(store)).toEqual(dump(clean));
    for (const each of [store, clean]) each.close();
  });

  it('that ends a list leaves it to go on there: a page that is stored is not asked for again', async () => {
    const store = openStore(':memory:');
    const one = { ...aws, instanceTypes: ['r5.4xlarge'] };
    const Log = z.array(z.object({ action: z.string(), params: z.object({ NextToken: z.string().optional() }) }));
    const asked = async () =>
      Log.parse(await (await fetch(`${server.url}/__log`)).json())
        .filter(({ action }) => action === 'DescribeSpotPriceHistory')
        .map(({ params }) => params.NextToken ?? '');
    const before = (await asked()).length;
    await plan('POST', { match: 'DescribeSpotPriceHistory', kind: 'expired', count: 1, after: 1 });
    const [hurt] = await collectInto(store, one, [awsSpot]);
    await plan('DELETE');
    expect(hurt?.state).toBe('partial');
    await collectInto(store, one, [awsSpot]);
    const tokens = (await asked()).slice(before);
    // The first page, the second that failed, and then that one and what comes after.
    expect(tokens[2]).toBe(tokens[1]);
    expect(new Set(tokens).size).toBe(tokens.length - 1);
    store.close();
  });

  it('of actions that the server does not have is a gap each with its reason', async () => {
    const store = openStore(':memory:');
    const [result] = await collectInto(store, aws, [awsInstances]);
    expect(result?.state).toBe('partial');
    expect(result?.gaps.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^EC2 instances: .*DescribeInstances.*InvalidAction/),
      expect.stringMatching(/^EBS volumes: .*DescribeVolumes.*InvalidAction/),
    ]);
    store.close();
  });
});
