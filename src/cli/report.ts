import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unknownWord } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { EXIT, KnownError, messageOf } from '../model/errors.js';
import type { Report } from '../model/report.js';
import { keptName, prune } from '../reports/destinations/folder.js';
import { type Destination, destinationsOf, send, wordOf } from '../reports/destinations/index.js';
import { FORMATS, type RenderOptions, type ReportFormat } from '../reports/index.js';
import { manifestsIn } from '../reports/manifests.js';
import { shown } from '../reports/text.js';
import { type AnalyzeOptions, reportOf, verdictOf } from './analyze.js';
import { copyWhole, writeWhole } from './files.js';
import type { Io } from './io.js';
import { parseSeverity } from './options.js';

export interface ReportOptions extends AnalyzeOptions {
  format?: string[];
  output?: string;
  to?: string[];
  manifests?: string;
}

/** Formats that are files; the terminal's goes to the terminal. */
const FILE_FORMATS = [
  'html',
  'json',
  'markdown',
  'csv',
  'junit',
  'sarif',
  'email',
  'chat',
  'patches',
  'metrics',
] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];
const DEFAULT_FORMATS: readonly FileFormat[] = ['html', 'json', 'markdown'];
const BASE = 'sparkfit-report';
const KEPT = 'kept';

function chosenFormats(words: readonly string[] | undefined): readonly FileFormat[] {
  if (!words) return DEFAULT_FORMATS;
  if (words.includes('all')) return FILE_FORMATS;
  return words.map((word) => {
    const format = FILE_FORMATS.find((known) => known === word);
    if (!format) throw unknownWord('format', word, [...FILE_FORMATS, 'all']);
    return format;
  });
}

/** A file of the report, as it was written. */
export interface ReportFile {
  format: FileFormat;
  name: string;
  path: string;
  contentType: string;
}

/** Whether a report was ever written there. */
export function hasReport(folder: string): boolean {
  return existsSync(join(folder, `${BASE}.html`));
}

/** Where the HTML report lies, if it is among the files. */
export function htmlPathIn(files: readonly ReportFile[]): string | undefined {
  return files.find(({ format }) => format === 'html')?.path;
}

/** The texts of a format by the names of their files; a format of several tables gives a file for each. */
function textsOf(
  report: Report,
  id: FileFormat,
  options: RenderOptions,
): Iterable<[string, string | Iterable<string>]> {
  const format: ReportFormat = FORMATS[id];
  const { extension } = format;
  if (format.files) return format.files(report);
  if (format.tables)
    return Array.from(format.tables(report), ([table, text]) => [`${BASE}-${table}.${extension}`, text]);
  const text = format.pieces ? format.pieces(report, options) : format.render(report, options);
  return [[`${BASE}.${extension}`, text]];
}

export interface WriteOptions {
  /** Dated copies kept below `kept/`. Default 0. */
  keep?: number;
  manifests?: RenderOptions['manifests'];
}

/** Writes the report in each format as `sparkfit-report.<ext>` and gives the files. */
export function writeReport(
  report: Report,
  folder: string,
  formats: readonly FileFormat[],
  top: number,
  { keep = 0, manifests }: WriteOptions = {},
): ReportFile[] {
  const options = renderOptions(formats, folder, top, manifests);
  const files: ReportFile[] = [];
  for (const format of formats) {
    const { contentType } = FORMATS[format];
    for (const [name, text] of textsOf(report, format, options)) {
      const path = join(folder, name);
      writeWhole(path, text);
      files.push({ format, name, path, contentType });
    }
  }
  if (keep > 0) keepCopies(files, join(folder, KEPT), keptName(report.generatedAt), keep);
  return files;
}

function keepCopies(files: readonly ReportFile[], kept: string, copy: string, keep: number): void {
  for (const { name, path } of files) copyWhole(path, join(kept, copy, name));
  prune(kept, keep);
}

function renderOptions(
  formats: readonly FileFormat[],
  folder: string,
  top: number,
  manifests: RenderOptions['manifests'],
): RenderOptions {
  return {
    top,
    allStates: true,
    ...(formats.includes('html') ? { htmlPath: join(folder, `${BASE}.html`) } : {}),
    ...(manifests ? { manifests } : {}),
  };
}

/** What became of one destination. */
export interface Sent {
  /** As `--to` names it. */
  destination: string;
  /** What was reached, in words; empty where it failed. */
  reached: string[];
  failure: KnownError | null;
}

/** Sends the report to every destination; a failed one leaves the others. */
export async function sendReport(
  report: Report,
  files: readonly Pick<ReportFile, 'name' | 'path' | 'contentType'>[],
  destinations: readonly Destination[],
  { config, io, htmlPath }: { config: Config; io: Io; htmlPath?: string | undefined },
): Promise<Sent[]> {
  const parcel = {
    files,
    text: FORMATS.chat.render(report, htmlPath ? { htmlPath } : {}),
    region: config.aws.region,
    signal: io.signal,
  };
  const sent: Sent[] = [];
  for (const destination of destinations) {
    const word = wordOf(destination);
    try {
      sent.push({ destination: word, reached: await send(destination, parcel), failure: null });
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      sent.push({ destination: word, reached: [], failure: error });
    }
  }
  return sent;
}

/** Says on stderr what failed, and how to mend it. */
export function tellUnsent(sent: readonly Sent[], io: Io): void {
  for (const { failure } of sent) {
    if (!failure) continue;
    io.err(`sparkfit: ${shown(messageOf(failure))}`);
    if (failure.hint) io.err(`  ${failure.hint}`);
  }
}

/** `sparkfit report`: gives the exit code. */
export async function report(config: Config, options: ReportOptions, io: Io): Promise<number> {
  const formats = chosenFormats(options.format);
  const destinations = destinationsOf(options.to ?? config.report.to, io.environment.SPARKFIT_REPORT_WEBHOOK);
  if (options.failOn !== undefined) parseSeverity(options.failOn, '--fail-on');
  const manifests = options.manifests === undefined ? undefined : manifestsIn(options.manifests);
  const value = reportOf(config, options, io);
  const folder = options.output ?? config.report.folder;
  const { top, keep } = config.report;
  const files = writeReport(value, folder, formats, top, { keep, ...(manifests && { manifests }) });
  const names = files.map(({ name, format, path }) => [format === 'csv' || format === 'patches' ? name : format, path]);
  if (options.json)
    io.out(JSON.stringify({ schema: 'sparkfit.report-files/1', files: Object.fromEntries(names) }, null, 2));
  else for (const { format, path } of files) io.out(`${format.padEnd(8)} ${path}`);
  const htmlPath = htmlPathIn(files);
  const sent = await sendReport(value, files, destinations, { config, io, htmlPath });
  for (const reached of sent.flatMap((one) => one.reached)) io.err(`sent to ${reached}`);
  tellUnsent(sent, io);
  const complete = sent.every(({ failure }) => failure === null);
  return verdictOf(value, options.failOn) || (complete ? EXIT.ok : EXIT.incomplete);
}
