import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/cli/run.js';
import { openStore } from '../../src/store/open.js';
import { putOnDemandPrices } from '../../src/store/prices.js';
import { spotWriter } from '../../src/store/spot.js';
import { readOracle, readRecords } from '../spot/fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-spot-'));
const STORE = join(folder, 'spot.db');
const OVER = ['--since', '2021-03-03', '--until', '2021-05-31'];

beforeAll(() => {
  const store = openStore(STORE);
  const write = spotWriter(store.db);
  store.db.transaction(() => {
    write(readRecords('spot.csv.gz'));
    write(readRecords('planted-hours.csv.gz'));
    const asOfMs = Date.parse('2022-06-23T00:00:00Z');
    const price = { region: 'us-east-1', product: 'Linux/UNIX', source: 'AWS Price List API', asOfMs };
    putOnDemandPrices(store.db, [
      { ...price, instanceType: 'r5.4xlarge', usdPerHour: 1.008 },
      { ...price, instanceType: 'g4dn.xlarge', usdPerHour: 0.526 },
    ]);
  })();
  store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function spot(words: readonly string[], columns = 120) {
  const io = { out: '', err: '' };
  const exitCode = await run(['spot', '--store', STORE, ...words], {
    environment: {},
    out: (text) => {
      io.out += `${text}\n`;
    },
    err: (text) => {
      io.err += `${text}\n`;
    },
    columns,
    color: false,
    interactive: false,
    nowMs: Date.parse('2021-06-20T00:00:00Z'),
    signal: new AbortController().signal,
  });
  return { ...io, exitCode };
}

const Answer = z.object({
  schema: z.literal('sparkfit.spot/1'),
  window: z.object({ since: z.string(), until: z.string() }),
  region: z.string(),
  notes: z.array(z.string()),
  types: z.array(
    z.object({
      type: z.string(),
      product: z.string(),
      zones: z.array(
        z.object({
          zone: z.string(),
          mean: z.number(),
          median: z.number(),
          p95: z.number(),
          coverage: z.number(),
          changesPerDay: z.number(),
        }),
      ),
      cheapestZones: z.array(z.string()),
      zoneSpreadPercent: z.number(),
      hours: z.object({
        timeZone: z.string(),
        mean: z.array(z.number()).length(24),
        cheapest: z.array(z.number()),
        spreadPercent: z.number(),
        matters: z.boolean(),
        p: z.number().nullable(),
      }),
      onDemand: z.number().nullable(),
      savingPercent: z.number().nullable(),
    }),
  ),
  plans: z.array(
    z.object({ type: z.string(), zones: z.array(z.string()), hours: z.array(z.number()).nullable(), text: z.string() }),
  ),
});

async function answer(words: readonly string[]) {
  const { out, exitCode } = await spot([...words, '--json']);
  expect(exitCode).toBe(0);
  return Answer.parse(JSON.parse(out));
}

describe('sparkfit spot --json', () => {
  it('gives the figures of the oracle', async () => {
    const { types } = await answer(['--type', 'r5.4xlarge', '--time-zone', 'America/New_York', ...OVER]);
    const truth = readOracle().types['r5.4xlarge']?.['Linux/UNIX'];
    const [r5] = types;
    expect(r5?.cheapestZones).toEqual(truth?.cheapest_az);
    expect(r5?.savingPercent).toBeCloseTo(truth?.saving_vs_on_demand_pct ?? Number.NaN, 3);
    expect(r5?.hours).toMatchObject({ timeZone: 'America/New_York', matters: false });
    expect(r5?.hours.spreadPercent).toBeCloseTo(
      truth?.azs['us-east-1a']?.hours?.['America/New_York']?.spread_pct ?? Number.NaN,
      3,
    );
  });

  it('names the planted hours, and none where it does not matter', async () => {
    const words = [
      '--type',
      'x9a.4xlarge',
      '--type',
      'x9c.4xlarge',
      '--type',
      'x9d.4xlarge',
      '--time-zone',
      'America/New_York',
      ...OVER,
    ];
    const { types, plans } = await answer(words);
    expect(types.map(({ hours }) => hours.matters)).toEqual([true, false, false]);
    expect(types[0]?.hours.cheapest).toEqual([2, 3, 4, 5]);
    expect(plans.map(({ hours }) => hours)).toEqual([[2, 3, 4, 5], null, null]);
  });

  it('shows every type where none is named and none is in use, in a window that ends with the data', async () => {
    const { types, window, notes } = await answer([]);
    expect(types.map(({ type }) => type)).toEqual([
      'g4dn.xlarge',
      'r5.4xlarge',
      't3.medium',
      'x9a.4xlarge',
      'x9b.4xlarge',
      'x9c.4xlarge',
      'x9d.4xlarge',
    ]);
    expect(window.until.slice(0, 10)).toBe('2021-05-31');
    expect(notes).toEqual([expect.stringContaining('the newest price in the store is of 2021-05-31')]);
  });

  it('takes a length as --since back from where the data ends', async () => {
    const { window } = await answer(['--type', 'r5.4xlarge', '--since', '7d']);
    expect(Date.parse(window.until) - Date.parse(window.since)).toBe(7 * 86_400_000);
  });
});

describe('sparkfit spot', () => {
  const words = ['--type', 'g4dn.xlarge', 'r5.4xlarge', 'x9a.4xlarge', '--time-zone', 'America/New_York', ...OVER];

  it.each([80, 120])('in %d columns', async (columns) => {
    const { out } = await spot(words, columns);
    await expect(out).toMatchFileSnapshot(`spot-${columns}.golden.txt`);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it.each([80, 120])('with many types in %d columns', async (columns) => {
    const { out } = await spot(OVER, columns);
    await expect(out).toMatchFileSnapshot(`spot-types-${columns}.golden.txt`);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('says where the prices are, if the window has none', async () => {
    const { out, exitCode } = await spot(
      ['--since', '2020-01-01', '--until', '2020-02-01', '--type', 'r5.4xlarge'],
      200,
    );
    expect(exitCode).toBe(0);
    expect(out).toContain('no prices in this window: the store has them from 2021-03-02');
    expect(out).toContain('no advice, too little of the window is known');
  });

  it.each([
    [['--type', 'r5.4xlrage'], "no spot prices of type 'r5.4xlrage'", "Did you mean 'r5.4xlarge'?"],
    [['--product', 'Windos'], "no spot prices of product 'Windos'", 'aws.products'],
    [['--region', 'eu-west-1'], "no spot prices of region 'eu-west-1'", 'It has us-east-1.'],
    [['--time-zone', 'Mars/Olympus'], "'Mars/Olympus' is no time zone", 'Europe/Berlin'],
    [['--since', 'soon'], "--since 'soon' is no time", 'ISO 8601'],
  ])('refuses %j with the next step', async (wrong, message, hint) => {
    const { err, exitCode } = await spot(wrong);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });

  it('says how to collect where the store has no spot prices', async () => {
    const empty = join(folder, 'empty.db');
    openStore(empty).close();
    const { err, exitCode } = await spot(['--store', empty]);
    expect(exitCode).toBe(2);
    expect(err).toContain('sparkfit collect --source aws-spot');
  });
});
