import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { columnName } from './map.js';
import { BILL_COLUMNS, REQUIRED_COLUMNS } from './schema.js';

export type TakeLine = (line: Record<string, unknown>) => void;

/** The file is no bill, or a damaged one; the message says what is wrong with it. */
export class BillFileError extends Error {}

function checkColumns(names: readonly string[]): void {
  const missing = REQUIRED_COLUMNS.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new BillFileError(
      `it has no column ${missing[0]} (expected an export of CUR 2.0 or a Cost and Usage Report)`,
    );
}

async function readCsv(path: string, take: TakeLine): Promise<void> {
  const { parse } = await import('csv-parse');
  const columns = (header: string[]) => {
    const names = header.map(columnName);
    checkColumns(names);
    return names;
  };
  const parser = parse({ columns, bom: true, skip_empty_lines: true, relax_column_count: false });
  const lines = async (source: AsyncIterable<Record<string, unknown>>) => {
    for await (const line of source) take(line);
  };
  const file = createReadStream(path);
  await (path.endsWith('.gz') ? pipeline(file, createGunzip(), parser, lines) : pipeline(file, parser, lines));
}

/** One group of rows after the other, and only the columns that are needed. */
async function readParquet(path: string, take: TakeLine): Promise<void> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const names = metadata.schema.filter(({ num_children }) => !num_children).map(({ name }) => name);
  checkColumns(names.map(columnName));
  const columns = names.filter((name) => BILL_COLUMNS.includes(columnName(name)));
  const compressors = { GZIP: (content: Uint8Array) => new Uint8Array(gunzipSync(content)) };
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    for (const row of await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors }))
      take(Object.fromEntries(Object.entries(row).map(([name, value]) => [columnName(name), value])));
    rowStart = rowEnd;
  }
}

/** Whether the name is that of a file with lines of a bill; manifests, checksums and a note for Athena lie beside them. */
export function isBillFile(name: string): boolean {
  return /\.(csv|csv\.gz|parquet)$/i.test(name) && !/cost_and_usage_data_status\.parquet$/.test(name);
}

/**
 * Hands on the lines of a file, column names in the form of CUR 2.0.
 * @throws BillFileError if it is no bill.
 */
export async function readBillFile(path: string, take: TakeLine): Promise<void> {
  try {
    await (/\.parquet$/i.test(path) ? readParquet(path, take) : readCsv(path, take));
  } catch (error) {
    if (error instanceof BillFileError) throw error;
    throw new BillFileError(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
