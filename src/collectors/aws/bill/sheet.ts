import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { messageOf } from '../../../model/errors.js';
import type { Gap } from '../../../model/sources.js';
import { HOURS_PER_MONTH } from '../../../model/window.js';
import { DEFAULT_PRODUCT, openPriceBook, type PriceBook } from '../../../pricing/price-book.js';
import { putSheet, type SheetPrice } from '../../../store/bill.js';
import type { CollectInput, CollectResult } from '../../collector.js';

/** A price that lies so near to 730 × the market's is one per month. */
const MONTHLY_FROM = HOURS_PER_MONTH / 4;
const MONTHLY_TO = HOURS_PER_MONTH * 4;

type Line = Record<string, string>;

/** Why a value is refused; undefined if it can be right. */
function refusal(usd: number, market: number | undefined, unit: string): string | undefined {
  if (!(usd >= 0) || usd === Number.POSITIVE_INFINITY) return `'${usd}' is no price`;
  if (market === undefined || usd === 0) return undefined;
  const ratio = usd / market;
  if (ratio >= MONTHLY_FROM && ratio <= MONTHLY_TO)
    return `${usd} ${unit} is ${ratio.toFixed(0)} × the list price of ${market}: it looks like a price per month, so divide it by ${HOURS_PER_MONTH}`;
  if (ratio <= 1 / MONTHLY_FROM && ratio >= 1 / MONTHLY_TO)
    return `${usd} ${unit} is 1/${(1 / ratio).toFixed(0)} of the list price of ${market}: it looks divided by ${HOURS_PER_MONTH} once too often`;
  return undefined;
}

function instancePrice(line: Line, book: PriceBook): Omit<SheetPrice, 'file' | 'asOfMs'> | string {
  const { region = '', instance_type: name = '', lifecycle = 'on-demand', product = DEFAULT_PRODUCT } = line;
  if (lifecycle !== 'on-demand' && lifecycle !== 'spot')
    return `lifecycle: '${lifecycle}' is none, expected on-demand or spot`;
  const text = line.usd_per_hour ?? '';
  const usd = text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(usd)) return `usd_per_hour: '${text}' is no number`;
  const why = refusal(usd, book.listPrice(region, name, product)?.usd, 'USD/hour');
  return why === undefined ? { kind: 'instance', region, name, lifecycle, product, usd } : `usd_per_hour: ${why}`;
}

function volumePrice(line: Line, book: PriceBook): Omit<SheetPrice, 'file' | 'asOfMs'> | string {
  const { region = '', volume_type: name = '' } = line;
  const text = line.usd_per_gib_month ?? '';
  const usd = text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(usd)) return `usd_per_gib_month: '${text}' is no number`;
  const why = refusal(usd, book.volumeGibMonth(region, name)?.usd, 'USD per GiB and month');
  const price = { kind: 'volume' as const, region, name, lifecycle: '', product: '', usd };
  return why === undefined ? price : `usd_per_gib_month: ${why}`;
}

/** A line's price, or what is wrong with it. */
function priceOf(line: Line, book: PriceBook): Omit<SheetPrice, 'file' | 'asOfMs'> | string {
  if (!line.region) return 'region: it is empty';
  if (line.instance_type) return instancePrice(line, book);
  if (line.volume_type) return volumePrice(line, book);
  return 'instance_type: it is empty, and so is volume_type';
}

function readSheet(path: string): Line[] {
  const columns = (header: string[]) => header.map((name) => name.trim().toLowerCase());
  const lines: Line[] = parse(readFileSync(path, 'utf8'), { columns, bom: true, trim: true, skip_empty_lines: true });
  return lines.map((line) => Object.fromEntries(Object.entries(line).filter(([, value]) => value !== '')));
}

/**
 * Price sheets: CSV with `region,instance_type,lifecycle,usd_per_hour` or `region,volume_type,usd_per_gib_month`.
 * A line that cannot be right is refused and named; the others count.
 */
export function collectSheets({ config, store, window }: CollectInput): CollectResult {
  const { db } = store;
  const book = openPriceBook(db, { bundled: true });
  const gaps: Gap[] = [];
  let rows = 0;
  for (const path of config.aws.priceSheets) {
    const gap = (why: string) => gaps.push({ ...window, why: `price sheet ${path}${why}` });
    let lines: Line[];
    let asOfMs: number;
    try {
      lines = readSheet(path);
      asOfMs = Math.round(statSync(path).mtimeMs);
    } catch (error) {
      gap(`: ${messageOf(error)}`);
      continue;
    }
    const prices: SheetPrice[] = [];
    for (const [i, line] of lines.entries()) {
      const price = priceOf(line, book);
      // The header is line 1.
      if (typeof price === 'string') gap(`, line ${i + 2}: ${price}`);
      else prices.push({ ...price, file: basename(path), asOfMs });
    }
    db.transaction(() => putSheet(db, basename(path), prices))();
    rows += prices.length;
  }
  return {
    rows,
    gaps,
    detail: `${rows.toLocaleString('en-US')} prices of ${config.aws.priceSheets.length} price sheets`,
  };
}
