import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';

/** One line of a CUR 2.0 export, as far as tests need it. */
export interface CurLine {
  /** `2021-05-20 01:00:00.000` */
  start: string;
  kind: string;
  usage: string;
  resource: string;
  amount: number;
  unblended: number;
  savingsPlan?: number;
  reserved?: number;
  product?: string;
  currency?: string;
}

const COLUMNS: [string, (line: CurLine) => string | number | undefined][] = [
  ['line_item_usage_start_date', ({ start }) => start],
  ['line_item_line_item_type', ({ kind }) => kind],
  ['line_item_product_code', ({ product }) => product ?? 'AmazonEC2'],
  ['line_item_usage_type', ({ usage }) => usage],
  ['line_item_operation', () => 'RunInstances'],
  ['line_item_resource_id', ({ resource }) => resource],
  ['line_item_usage_amount', ({ amount }) => amount],
  ['line_item_unblended_cost', ({ unblended }) => unblended],
  ['line_item_currency_code', ({ currency }) => currency ?? 'USD'],
  ['savings_plan_savings_plan_effective_cost', ({ savingsPlan }) => savingsPlan],
  ['reservation_effective_cost', ({ reserved }) => reserved],
  ['product_region_code', () => 'us-east-1'],
];

export function curCsv(lines: readonly CurLine[], name = (column: string) => column, without = ''): string {
  const columns = COLUMNS.filter(([column]) => column !== without);
  return [
    columns.map(([column]) => name(column)).join(','),
    ...lines.map((line) => columns.map(([, value]) => `"${value(line) ?? ''}"`).join(',')),
  ].join('\n');
}

export const curCsvGz = (lines: readonly CurLine[], without = ''): Buffer =>
  gzipSync(curCsv(lines, undefined, without));

export function curParquet(lines: readonly CurLine[]): Buffer {
  const columnData = COLUMNS.map(([name, value]) => {
    const data = lines.map((line) => value(line) ?? null);
    const type = data.some((one) => typeof one === 'number') ? ('DOUBLE' as const) : ('STRING' as const);
    return { name, data, type, nullable: true };
  });
  return Buffer.from(parquetWriteBuffer({ columnData, codec: 'SNAPPY' }));
}

/** A manifest of Data Exports; it is delivered after the files that it names. */
export const curManifest = (bucket: string, keys: readonly string[]): Buffer =>
  Buffer.from(
    JSON.stringify({ executionId: 'e-1', exportName: 'cur', dataFiles: keys.map((key) => `s3://${bucket}/${key}`) }),
  );
