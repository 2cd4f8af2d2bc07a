import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { messageOf, SourceError } from '../../../model/errors.js';
import type { BillSource } from './places.js';

/**
 * What an export says of itself: `dataFiles` of Data Exports, `reportKeys` of Cost and Usage Reports. It is delivered
 * after its files. Source: AWS Data Exports user guide, "Understanding export delivery".
 */
const Manifest = z
  .object({ dataFiles: z.array(z.string()).optional(), reportKeys: z.array(z.string()).optional() })
  .refine(({ dataFiles, reportKeys }) => dataFiles ?? reportKeys, 'it names no files');

const MANIFEST = /-Manifest\.json$/i;
/** Below the folder of its month a file may lie in that of one delivery. */
const MONTH = /(BILLING_PERIOD=\d{4}-\d\d|\d{8}-\d{8}|year=\d{4}\/month=\d{1,2})(?=\/)/;

export function isManifest(name: string): boolean {
  return MANIFEST.test(name);
}

/** `2021-05` of `BILLING_PERIOD=2021-05`, `20210501-20210601` and `year=2021/month=5`. */
function monthOf(path: string): string | undefined {
  const name = MONTH.exec(path)?.[1];
  const [, year, month] = /(\d{4})\D*(\d{1,2})/.exec(name ?? '') ?? [];
  return year && month ? `${year}-${month.padStart(2, '0')}` : undefined;
}

/** One month of one export, as its newest manifest has it. */
interface Delivery {
  manifest: BillSource;
  month: string;
  exportName: string;
}

/** The manifest beside the month's folder counts; those of single deliveries are older or the same, the last the newest. */
function isNewer(a: BillSource, b: BillSource): boolean {
  const depth = ({ path }: BillSource) => path.split('/').length;
  return depth(a) === depth(b) ? a.path > b.path : depth(a) < depth(b);
}

function newestDeliveries(sources: readonly BillSource[]): Delivery[] {
  const newest = new Map<string, Delivery>();
  for (const manifest of sources.filter(({ path }) => isManifest(path))) {
    const month = monthOf(manifest.path);
    if (month === undefined) continue;
    const exportName = basename(manifest.path).replace(MANIFEST, '');
    // Exports of one name may lie under several prefixes.
    const key = `${manifest.path.slice(0, manifest.path.search(MONTH))}|${month}|${exportName}`;
    const known = newest.get(key);
    if (!known || isNewer(manifest, known.manifest)) newest.set(key, { manifest, month, exportName });
  }
  return [...newest.values()];
}

/** What tells files of deliveries apart, wherever the folder was copied to. */
const tailOf = (path: string): string => path.split('/').slice(-3).join('/');

function covers({ month, exportName }: Delivery, path: string): boolean {
  return monthOf(path) === month && basename(path).startsWith(`${exportName}-`);
}

async function filesOf({ manifest }: Delivery): Promise<string[]> {
  const text = await manifest.withFile((path) => readFile(path, 'utf8'));
  const { dataFiles, reportKeys } = Manifest.parse(JSON.parse(text));
  return dataFiles ?? reportKeys ?? [];
}

/** Files that are read together or not at all: one delivery of an export, or a file that belongs to none. */
export interface BillPart {
  files: BillSource[];
  /** Whether a file that was read before is of the same month and export, so that this part takes its place. */
  replaces(path: string): boolean;
  /** Why it cannot be read now. */
  problem?: string;
}

/** Its files by the manifest, or why they cannot be told. */
async function namesOf(delivery: Delivery): Promise<string[] | string> {
  try {
    return await filesOf(delivery);
  } catch (error) {
    return error instanceof SourceError ? messageOf(error) : 'it is no manifest of an export';
  }
}

function problemOf({ manifest, month }: Delivery, names: string[] | string, there: ReadonlySet<string>) {
  const stays = `What was read of ${month} before stays; run again later.`;
  if (typeof names === 'string') return `bill ${manifest.path}: ${names}. ${stays}`;
  const missing = names.filter((name) => !there.has(tailOf(name)));
  if (missing.length === 0) return undefined;
  const first = basename(missing[0] ?? '');
  return `bill ${manifest.path}: the export is half written, ${missing.length} of its ${names.length} files are not there (first: ${first}). ${stays}`;
}

/**
 * The files that count. An export that keeps its earlier deliveries holds each line of a month many times: only the
 * files that the newest manifest names are read. Files without a manifest all count.
 */
export async function billParts(sources: readonly BillSource[]): Promise<BillPart[]> {
  const files = new Map(sources.filter(({ path }) => !isManifest(path)).map((file) => [tailOf(file.path), file]));
  const there = new Set(files.keys());
  const parts: BillPart[] = [];
  const deliveries = newestDeliveries(sources);
  for (const delivery of deliveries) {
    const names = await namesOf(delivery);
    const problem = problemOf(delivery, names, there);
    const own = (typeof names === 'string' ? [] : names)
      .map((name) => files.get(tailOf(name)))
      .filter((file) => file !== undefined);
    const paths = new Set(own.map(({ path }) => path));
    for (const { path } of own) files.delete(tailOf(path));
    parts.push({
      files: own,
      replaces: (path) => paths.has(path) || covers(delivery, path),
      ...(problem !== undefined && { problem }),
    });
  }
  for (const file of files.values())
    if (!deliveries.some((delivery) => covers(delivery, file.path)))
      parts.push({ files: [file], replaces: (path) => path === file.path });
  return parts;
}
