import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { collectBill } from '../../../src/collectors/aws/bill/index.js';
import { columnName } from '../../../src/collectors/aws/bill/map.js';
import { billDays, billRates } from '../../../src/store/bill.js';
import { openStore, type Store } from '../../../src/store/open.js';
import { collectInput } from '../../support/collect.js';
import { type CurLine, curCsv, curCsvGz, curParquet } from '../../support/cur.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-bill-'));
afterAll(() => rmSync(folder, { recursive: true }));
const DAY = Date.parse('2021-05-20T00:00:00Z');
const WINDOW = { sinceMs: DAY, untilMs: DAY + 10 * 86_400_000 };

let store: Store;
let place: string;
beforeEach(() => {
  store = openStore(':memory:');
  place = mkdtempSync(join(folder, 'place-'));
});

const at = (hour: string) => `2021-05-20 ${hour}:00:00.000`;

/** An hour on demand, one under a Savings Plan, one reserved, one spot; a disk, a fee and a tax beside them. */
const LINES: CurLine[] = [
  { start: at('01'), kind: 'Usage', usage: 'BoxUsage:m5.2xlarge', resource: 'i-1', amount: 1, unblended: 0.384 },
  {
    start: at('02'),
    kind: 'SavingsPlanCoveredUsage',
    usage: 'BoxUsage:m5.2xlarge',
    resource: 'i-1',
    amount: 1,
    unblended: 0.384,
    savingsPlan: 0.276,
  },
  {
    start: at('03'),
    kind: 'DiscountedUsage',
    usage: 'BoxUsage:m5.2xlarge',
    resource: 'i-2',
    amount: 0.5,
    unblended: 0,
    reserved: 0.12,
  },
  { start: at('04'), kind: 'Usage', usage: 'SpotUsage:r5.4xlarge', resource: 'i-3', amount: 1, unblended: 0.33 },
  { start: at('04'), kind: 'Usage', usage: 'EBS:VolumeUsage.gp3', resource: 'vol-1', amount: 100, unblended: 8 },
  {
    start: at('02'),
    kind: 'SavingsPlanNegation',
    usage: 'BoxUsage:m5.2xlarge',
    resource: 'i-1',
    amount: 1,
    unblended: -0.384,
  },
  { start: at('00'), kind: 'Tax', usage: 'BoxUsage:m5.2xlarge', resource: '', amount: 1, unblended: 5 },
  {
    start: at('00'),
    kind: 'Usage',
    usage: 'BoxUsage:m5.2xlarge',
    resource: 'x',
    amount: 1,
    unblended: 5,
    product: 'AmazonRDS',
  },
];

const collect = () => collectBill(collectInput({ aws: { bill: place } }, WINDOW, store));
const rates = () =>
  Object.fromEntries(billRates(store.db).map((rate) => [`${rate.instanceType} ${rate.lifecycle}`, rate.usdPerHour]));

const EFFECTIVE = {
  'm5.2xlarge on-demand': expect.closeTo((0.384 + 0.276 + 0.12) / 2.5, 9),
  'r5.4xlarge spot': expect.closeTo(0.33, 9),
};

describe('the bill', () => {
  it.each<[string, () => void]>([
    ['CSV', () => writeFileSync(join(place, 'cur.csv'), curCsv(LINES))],
    ['gzipped CSV', () => writeFileSync(join(place, 'cur.csv.gz'), curCsvGz(LINES))],
    ['Parquet', () => writeFileSync(join(place, 'cur.parquet'), curParquet(LINES))],
  ])(
    'as %s gives effective rates: discounts and commitments amortised, fees, taxes and others left out',
    async (_, write) => {
      write();
      expect(await collect()).toMatchObject({ rows: LINES.length, gaps: [] });
      expect(rates()).toEqual(EFFECTIVE);
      expect(billDays(store.db, WINDOW).find(({ resource }) => resource === 'i-1')).toEqual({
        resource: 'i-1',
        dayMs: DAY,
        hours: 2,
        usd: expect.closeTo(0.66, 9),
      });
    },
  );

  it('has the columns of the older report too', async () => {
    const older: Record<string, string> = {
      line_item_usage_start_date: 'lineItem/UsageStartDate',
      line_item_line_item_type: 'lineItem/LineItemType',
      line_item_product_code: 'lineItem/ProductCode',
      line_item_usage_type: 'lineItem/UsageType',
      line_item_usage_amount: 'lineItem/UsageAmount',
      line_item_unblended_cost: 'lineItem/UnblendedCost',
      line_item_resource_id: 'lineItem/ResourceId',
      savings_plan_savings_plan_effective_cost: 'savingsPlan/SavingsPlanEffectiveCost',
      reservation_effective_cost: 'reservation/EffectiveCost',
      product_region_code: 'product/regionCode',
    };
    for (const [name, old] of Object.entries(older)) expect(columnName(old)).toBe(name);
    writeFileSync(
      join(place, 'cur.csv'),
      curCsv(LINES, (column) => older[column] ?? column),
    );
    await collect();
    expect(rates()).toEqual(EFFECTIVE);
  });

  it('read twice is the same; a file that did not change is not read again', async () => {
    writeFileSync(join(place, 'cur.csv'), curCsv(LINES));
    await collect();
    expect(await collect()).toMatchObject({ rows: 0, gaps: [] });
    expect(rates()).toEqual(EFFECTIVE);
  });

  it('written anew counts once, and a file that is gone no more', async () => {
    const half = LINES.slice(0, 1);
    writeFileSync(join(place, 'a.csv'), curCsv(LINES));
    await collect();
    writeFileSync(join(place, 'a.csv'), curCsv(half));
    await collect();
    expect(rates()).toEqual({ 'm5.2xlarge on-demand': 0.384 });
    writeFileSync(join(place, 'b.csv'), curCsv(LINES.slice(3, 4)));
    unlinkSync(join(place, 'a.csv'));
    await collect();
    expect(rates()).toEqual({ 'r5.4xlarge spot': 0.33 });
  });

  it.each([
    ['no bill', 'name,price\nx,1', /cur\.csv: it has no column line_item_usage_start_date/],
    ['damaged', curCsv(LINES).replace('\n"2021', '\n"20"21'), /cur\.csv: it cannot be read/],
  ])('that is %s is named, and the others are read', async (_, content, why) => {
    writeFileSync(join(place, 'cur.csv'), content);
    writeFileSync(join(place, 'good.csv'), curCsv(LINES));
    const { gaps } = await collect();
    expect(gaps.map((gap) => gap.why)).toEqual([expect.stringMatching(why)]);
    expect(rates()).toEqual(EFFECTIVE);
  });

  it('with lines that have no cost says how many', async () => {
    writeFileSync(join(place, 'cur.csv'), curCsv(LINES).replace('"0.33"', '"much"'));
    const { gaps } = await collect();
    expect(gaps[0]?.why).toContain('1 of 8 lines have no date or cost');
  });

  it.each([
    ['is empty', () => place, /no \.csv, \.csv\.gz or \.parquet file/],
    ['is not there', () => join(place, 'gone'), /ENOENT.*aws\.bill/],
  ])('whose folder %s is a gap', async (_, where, why) => {
    const result = await collectBill(collectInput({ aws: { bill: where() } }, WINDOW, store));
    expect(result.gaps[0]?.why).toMatch(why);
  });
});
