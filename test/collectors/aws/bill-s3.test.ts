import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { artifactInput } from '../../../src/analyzers/run.js';
import { collectBill } from '../../../src/collectors/aws/bill/index.js';
import { Config } from '../../../src/config/schema.js';
import { reconcile } from '../../../src/pricing/reconcile.js';
import { billFiles, billRates } from '../../../src/store/bill.js';
import { stubS3 } from '../../support/aws-environment.js';
import { billedFleet, billLines, expectedReconciliation, WEEK } from '../../support/billed-fleet.js';
import { collectInput } from '../../support/collect.js';
import { curCsvGz, curManifest, curParquet } from '../../support/cur.js';
import type { Fleet } from '../../support/fleet.js';
import { type S3Server, startS3 } from '../../support/s3.js';

const BUCKET = 'bills';
const DATA = 'exports/cur/data/BILLING_PERIOD=2021-05';
const META = 'exports/cur/metadata/BILLING_PERIOD=2021-05';
const LINES = billLines();
const HALF = Math.floor(LINES.length / 2);
const EXPECTED = expectedReconciliation(LINES);

let s3: S3Server;
let fleet: Fleet;
beforeEach(async () => {
  s3 = await startS3(BUCKET);
  fleet = billedFleet();
  stubS3(s3.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  fleet.store.close();
  await s3.close();
});

const collect = (bill = `s3://${BUCKET}/exports`) => collectBill(collectInput({ aws: { bill } }, WEEK, fleet.store));
const reconciled = () => reconcile(artifactInput(fleet.db, WEEK, Config.parse({})));
const whys = async () => (await collect()).gaps.map(({ why }) => why);

/** An export that is whole: two files and the manifest that names them. */
function deliver(type: 'csv' | 'parquet', folder = DATA, meta = META, lines = LINES): void {
  const write = type === 'csv' ? curCsvGz : curParquet;
  const end = type === 'csv' ? 'csv.gz' : 'snappy.parquet';
  const keys = ['00001', '00002'].map((number) => `${folder}/cur-${number}.${end}`);
  s3.objects.set(keys[0] ?? '', write(lines.slice(0, HALF)));
  s3.objects.set(keys[1] ?? '', write(lines.slice(HALF)));
  s3.objects.set(`${meta}/cur-Manifest.json`, curManifest(BUCKET, keys));
}

const close = (expected: typeof EXPECTED) => ({
  ...expected,
  percent: expect.closeTo(expected.percent, 9),
  ownUsd: expect.closeTo(expected.ownUsd, 9),
  billUsd: expect.closeTo(expected.billUsd, 9),
});

describe('the bill in S3', () => {
  it.each(['csv', 'parquet'] as const)(
    'as %s export of CUR 2.0 reconciles to what a sum by hand says',
    async (type) => {
      deliver(type);
      expect(await collect()).toMatchObject({ rows: LINES.length, gaps: [] });
      expect(EXPECTED.percent).not.toBeCloseTo(100, 0);
      expect(reconciled()).toEqual(close(EXPECTED));
    },
  );

  it('is not downloaded again while it does not change, and counts once when it does', async () => {
    deliver('csv');
    await collect();
    const before = s3.requests.length;
    expect(await collect()).toMatchObject({ rows: 0, gaps: [] });
    // The list over its pages, and the manifest.
    expect(s3.requests.slice(before).filter((request) => request.includes('.csv'))).toEqual([]);
    deliver('csv', DATA, META, LINES.slice(0, -1));
    expect(await collect()).toMatchObject({ rows: LINES.length - HALF - 1, gaps: [] });
    expect(billFiles(fleet.db)).toHaveLength(2);
  });

  it('that keeps earlier deliveries counts the newest one alone, and takes the place of an older one', async () => {
    const first = '20210517T010000Z-a';
    const second = '20210518T010000Z-b';
    deliver('csv', `${DATA}/${first}`, `${META}/${first}`);
    await collect();
    expect(reconciled()).toEqual(close(EXPECTED));
    deliver('csv', `${DATA}/${second}`, `${META}/${second}`);
    expect(await collect()).toMatchObject({ gaps: [] });
    expect(reconciled()).toEqual(close(EXPECTED));
    expect(billFiles(fleet.db).map(({ path }) => path.includes(second))).toEqual([true, true]);
  });

  it('of a Cost and Usage Report is read by the manifest of its month, with its versions and the note for Athena', async () => {
    const month = 'exports/cur/20210501-20210601';
    for (const version of ['20210516T000000Z', '20210517T000000Z'])
      s3.objects.set(`${month}/${version}/cur-00001.csv.gz`, curCsvGz(LINES));
    const reportKeys = [`${month}/20210517T000000Z/cur-00001.csv.gz`];
    s3.objects.set(`${month}/cur-Manifest.json`, Buffer.from(JSON.stringify({ reportKeys })));
    s3.objects.set('exports/cur/cost_and_usage_data_status/cost_and_usage_data_status.parquet', Buffer.from('PAR1'));
    expect(await collect()).toMatchObject({ rows: LINES.length, gaps: [] });
    expect(reconciled()).toEqual(close(EXPECTED));
  });

  it('without a manifest is what lies there', async () => {
    s3.objects.set('exports/a.csv.gz', curCsvGz(LINES.slice(0, HALF)));
    s3.objects.set('exports/b.parquet', curParquet(LINES.slice(HALF)));
    s3.objects.set('other/c.csv.gz', curCsvGz(LINES));
    await collect();
    expect(reconciled()).toEqual(close(EXPECTED));
  });
});

describe('a bill in S3 with a fault is one clear line', () => {
  it('half written: what was read before stays whole', async () => {
    deliver('csv');
    await collect();
    deliver('csv', `${DATA}/20210518T010000Z-b`, `${META}/20210518T010000Z-b`, LINES.slice(0, 10));
    s3.objects.delete(`${META}/cur-Manifest.json`);
    s3.objects.delete(`${DATA}/20210518T010000Z-b/cur-00002.csv.gz`);
    expect(await whys()).toEqual([
      `bill s3://${BUCKET}/${META}/20210518T010000Z-b/cur-Manifest.json: the export is half written, 1 of its 2 files are not there (first: cur-00002.csv.gz). What was read of 2021-05 before stays; run again later.`,
    ]);
    expect(reconciled()).toEqual(close(EXPECTED));
  });

  it.each(['csv', 'parquet'] as const)(
    'a cut %s file: nothing of its export is mixed with the old one',
    async (type) => {
      deliver(type);
      await collect();
      deliver(type, DATA, META, LINES.slice(0, -1));
      const key = [...s3.objects.keys()].find((name) => name.includes('00002')) ?? '';
      const whole = s3.objects.get(key) ?? Buffer.alloc(0);
      s3.objects.set(key, whole.subarray(0, whole.length >> 1));
      expect(await whys()).toEqual([expect.stringMatching(/cur-00002\.\S+: it cannot be read: /)]);
      expect(reconciled()).toEqual(close(EXPECTED));
    },
  );

  it('a missing column', async () => {
    s3.objects.set('exports/a.csv.gz', curCsvGz(LINES, 'line_item_usage_amount'));
    expect(await whys()).toEqual([
      `bill s3://${BUCKET}/exports/a.csv.gz: it has no column line_item_usage_amount (expected an export of CUR 2.0 or a Cost and Usage Report)`,
    ]);
  });

  it('another currency: its amounts are never taken for dollars', async () => {
    s3.objects.set('exports/a.csv.gz', curCsvGz(LINES.map((line) => ({ ...line, currency: 'CNY' }))));
    expect(await whys()).toEqual([
      `bill s3://${BUCKET}/exports/a.csv.gz: ${LINES.length} of ${LINES.length} lines are in CNY: left out, prices here are in USD. State what is paid in a price sheet (aws.priceSheets)`,
    ]);
    expect(billRates(fleet.db)).toEqual([]);
    expect(reconciled()).toBeUndefined();
  });

  it('by the month: its hours are of no single day, so nothing is reconciled', async () => {
    const month = { start: '2021-05-10 00:00:00.000', amount: 168 };
    s3.objects.set('exports/a.csv.gz', curCsvGz(LINES.slice(0, 3).map((line) => ({ ...line, ...month }))));
    expect(await whys()).toEqual([]);
    expect(reconciled()).toBeUndefined();
  });

  it.each([
    ['no such bucket', 's3://nosuch/x', /bill s3:\/\/nosuch\/x: aws-prices: .*NoSuchBucket.* in aws\.bill/],
    ['nothing there', `s3://${BUCKET}/none`, /no \.csv, \.csv\.gz or \.parquet file/],
  ])('%s', async (_, place, why) => {
    const { gaps } = await collect(place);
    expect(gaps.map((gap) => gap.why)).toEqual([expect.stringMatching(why)]);
  });

  it('an object that may not be read leaves the others to be read', async () => {
    s3.objects.set('exports/a.csv.gz', curCsvGz(LINES));
    s3.objects.set('exports/b.csv.gz', curCsvGz(LINES));
    s3.refuse = { begins: 'exports/a', status: 403, code: 'AccessDenied' };
    expect(await whys()).toEqual([
      expect.stringMatching(/a\.csv\.gz: .*Let the role call s3:ListBucket on the bucket bills and s3:GetObject/),
    ]);
    expect(reconciled()).toEqual(close(EXPECTED));
  });
});
