import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collectSheets } from '../../../src/collectors/aws/bill/sheet.js';
import { openPriceBook } from '../../../src/pricing/price-book.js';
import { openStore } from '../../../src/store/open.js';
import { putOnDemandPrices } from '../../../src/store/prices.js';
import { collectInput } from '../../support/collect.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-sheet-'));
afterAll(() => rmSync(folder, { recursive: true }));
const WINDOW = { sinceMs: 0, untilMs: 1 };

function read(content: string) {
  const path = join(folder, 'ours.csv');
  writeFileSync(path, content);
  const store = openStore(':memory:');
  const price = { region: 'us-east-1', product: 'Linux/UNIX', source: 'list', asOfMs: 0 };
  putOnDemandPrices(store.db, [{ ...price, instanceType: 'm5.2xlarge', usdPerHour: 0.384 }]);
  const result = collectSheets(collectInput({ aws: { priceSheets: [path] } }, WINDOW, store));
  return {
    ...result,
    book: openPriceBook(store.db),
    whys: result.gaps.map(({ why }) => why.replace(path, 'ours.csv')),
  };
}

const HEAD = 'region,instance_type,lifecycle,usd_per_hour,volume_type,usd_per_gib_month\n';

describe('a price sheet', () => {
  it('wins over the list, and says so', () => {
    const { book, rows, gaps } = read(`${HEAD}us-east-1,m5.2xlarge,on-demand,0.3,,\nus-east-1,,,,gp3,0.06\n`);
    expect({ rows, gaps }).toEqual({ rows: 2, gaps: [] });
    expect(book.onDemand('us-east-1', 'm5.2xlarge')).toMatchObject({ usd: 0.3, source: 'price sheet ours.csv' });
    expect(book.listPrice('us-east-1', 'm5.2xlarge')?.usd).toBe(0.384);
    expect(book.volumeGibMonth('us-east-1', 'gp3')?.usd).toBe(0.06);
  });

  it('has machines of other clouds', () => {
    const { book } = read('region,instance_type,usd_per_hour\nwesteurope,Standard_D8s_v5,0.46\n');
    expect(book.onDemand('westeurope', 'Standard_D8s_v5')?.usd).toBe(0.46);
  });

  it.each([
    ['280.32', /line 2: usd_per_hour: 280.32 USD\/hour is 730 × the list price of 0.384: .* divide it by 730/],
    ['0.000526', /line 2: usd_per_hour: .* divided by 730 once too often/],
    ['cheap', /line 2: usd_per_hour: 'cheap' is no number/],
    ['-1', /line 2: usd_per_hour: '-1' is no price/],
    ['', /line 2: usd_per_hour: '' is no number/],
  ])('with %s USD/hour is refused for that line, with a hint, and the others count', (usd, why) => {
    const { whys, rows, book } = read(`${HEAD}us-east-1,m5.2xlarge,on-demand,${usd},,\nus-east-1,r5.4xlarge,,0.9,,\n`);
    expect(whys).toEqual([expect.stringMatching(why)]);
    expect(rows).toBe(1);
    expect(book.onDemand('us-east-1', 'm5.2xlarge')?.usd).toBe(0.384);
    expect(book.onDemand('us-east-1', 'r5.4xlarge')?.usd).toBe(0.9);
  });

  it.each([
    ['us-east-1,m5.2xlarge,reserved,0.2,,', /line 2: lifecycle: 'reserved' is none/],
    [',m5.2xlarge,,0.2,,', /line 2: region: it is empty/],
    ['us-east-1,,,0.2,,', /line 2: instance_type: it is empty/],
  ])('names line and field: %s', (line, why) => {
    expect(read(`${HEAD}${line}\n`).whys).toEqual([expect.stringMatching(why)]);
  });

  it('that is not there is named', () => {
    const input = collectInput({ aws: { priceSheets: ['/nowhere.csv'] } }, WINDOW, openStore(':memory:'));
    expect(collectSheets(input).gaps[0]?.why).toMatch(/price sheet \/nowhere.csv: ENOENT/);
  });
});
