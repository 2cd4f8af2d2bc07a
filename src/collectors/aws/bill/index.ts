import { messageOf, SourceError } from '../../../model/errors.js';
import type { Gap } from '../../../model/sources.js';
import { billFiles, dropBillFile, putBillFile } from '../../../store/bill.js';
import type { CollectInput, CollectResult } from '../../collector.js';
import { type BillPart, billParts } from './exports.js';
import { BillSums } from './map.js';
import { type BillSource, billSources } from './places.js';
import { BillFileError, readBillFile } from './read.js';

/** What is wrong with lines of a file; undefined if nothing is. */
function troubleOf({ lines, bad, foreign }: BillSums): string | undefined {
  const others = [...foreign].map(([code, count]) => `${count} of ${lines} lines are in ${code}`);
  if (others.length > 0)
    return `${others.join(', ')}: left out, prices here are in USD. State what is paid in a price sheet (aws.priceSheets)`;
  return bad > 0 ? `${bad} of ${lines} lines have no date or cost` : undefined;
}

/** @throws BillFileError, SourceError if the file cannot be read, or is no bill. */
async function readSums(source: BillSource): Promise<BillSums> {
  const sums = new BillSums();
  await source.withFile((path) => readBillFile(path, (line) => sums.add(line)));
  if (sums.lines > 0 && sums.bad === sums.lines) throw new BillFileError('no line has the columns of a bill');
  return sums;
}

/** Why a file is left out: one line with the next step. */
function failureText(path: string, error: unknown): string {
  if (!(error instanceof BillFileError || error instanceof SourceError)) throw error;
  const hint = error instanceof SourceError && error.hint ? `. ${error.hint}` : '';
  return `bill ${path}: ${error.message}${hint}`;
}

interface PartResult {
  lines: number;
  /** What is wrong with it, a line each. */
  problems: string[];
  /** Whether it was not read, so that what was known before stays. */
  failed: boolean;
}

/** Reads the files of a part that changed and stores their sums with their versions, in one transaction. */
async function readPart(input: CollectInput, part: BillPart, known: ReadonlyMap<string, string>): Promise<PartResult> {
  if (part.problem !== undefined) return { lines: 0, problems: [part.problem], failed: true };
  const read: { source: BillSource; sums: BillSums }[] = [];
  for (const source of part.files) {
    if (known.get(source.path) === source.version) continue;
    input.progress(`bill ${source.path}`);
    try {
      read.push({ source, sums: await readSums(source) });
    } catch (error) {
      const why = input.signal.aborted ? `stopped in the middle of ${source.path}` : failureText(source.path, error);
      return { lines: 0, problems: [why], failed: true };
    }
  }
  const { db } = input.store;
  const there = new Set(part.files.map(({ path }) => path));
  db.transaction(() => {
    for (const { source, sums } of read) putBillFile(db, source, sums.values());
    for (const path of known.keys()) if (part.replaces(path) && !there.has(path)) dropBillFile(db, path);
  })();
  return {
    lines: read.reduce((sum, { sums }) => sum + sums.lines, 0),
    problems: read.flatMap(({ source, sums }) => {
      const why = troubleOf(sums);
      return why === undefined ? [] : [`bill ${source.path}: ${why}`];
    }),
    failed: false,
  };
}

function placeProblem(error: unknown): string {
  const hint = error instanceof SourceError ? error.hint : undefined;
  return `${messageOf(error)}. ${hint ?? 'Give a folder or s3://bucket/prefix in aws.bill.'}`;
}

/** Files that no part has are gone, unless their part could not be read. */
function dropGone({ store }: CollectInput, known: Iterable<string>, parts: readonly BillPart[]): void {
  store.db.transaction(() => {
    for (const path of known) if (!parts.some((part) => part.replaces(path))) dropBillFile(store.db, path);
  })();
}

/** Lines of the bill (AWS CUR 2.0, Data Exports or Cost and Usage Reports), files that did not change left out. */
export async function collectBill(input: CollectInput): Promise<CollectResult> {
  const { config, store, window, signal } = input;
  const gaps: Gap[] = [];
  const gap = (why: string) => gaps.push({ ...window, why });
  let parts: BillPart[];
  try {
    parts = await billParts(await billSources(config, config.aws.bill, signal));
  } catch (error) {
    if (signal.aborted) gap(`stopped before the bill was listed: ${config.aws.bill}`);
    else gap(`bill ${config.aws.bill}: ${placeProblem(error)}`);
    return { rows: 0, gaps, detail: 'bill not read' };
  }
  if (parts.length === 0) gap(`bill ${config.aws.bill}: there is no .csv, .csv.gz or .parquet file in it`);
  const known = new Map(billFiles(store.db).map(({ path, version }) => [path, version]));
  let [rows, files] = [0, 0];
  for (const part of parts) {
    if (signal.aborted) {
      gap(`stopped before the end of the bill: ${part.files[0]?.path ?? config.aws.bill}`);
      return { rows, gaps, detail: `${rows} new lines of the bill in ${files} files` };
    }
    const { lines, problems, failed } = await readPart(input, part, known);
    rows += lines;
    if (!failed) files += part.files.length;
    for (const why of problems) gap(why);
  }
  if (parts.length > 0) dropGone(input, known.keys(), parts);
  return { rows, gaps, detail: `${rows} new lines of the bill in ${files} files` };
}
