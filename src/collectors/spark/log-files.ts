import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, SourceError } from '../../model/errors.js';

export interface LogFile {
  path: string;
  /** Number of a rolling log's file; 1 where there is only one. */
  index: number;
  compact: boolean;
  /** Size when it was listed; what is appended later is for the next time. */
  bytes: number;
}

/** One application's log: a file, or a rolling folder with several. */
export interface LogSource {
  path: string;
  rolling: boolean;
  /** Spark marks the log as still being written. */
  inProgress: boolean;
  compacted: boolean;
  /** Oldest first. */
  files: LogFile[];
  bytes: number;
  modifiedMs: number;
  /** What is known to be missing before a byte was read. */
  damage: string[];
}

const ROLLING_FOLDER = /^eventlog_v2_/;
const ROLLING_FILE = /^events_(\d+)_(.+?)(\.compact)?$/;
const IN_PROGRESS = '.inprogress';
/** What Spark, its file systems and people leave beside the logs. */
const NOT_A_LOG = /^(?:\.|_|#)|\.(?:crc|tmp|md|txt|json|csv|html|log|ya?ml)$/i;

/** Whether a file of that name may be a log. */
export function isLogName(name: string): boolean {
  return name !== '' && !NOT_A_LOG.test(name);
}

export function sourceError(operation: string, reason: string, hint?: string): SourceError {
  return new SourceError('spark-logs', operation, reason, hint === undefined ? {} : { hint });
}

async function entryOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    throw sourceError(`open ${path}`, messageOf(error), 'Check the path and that it may be read.');
  }
}

interface RollingFile {
  name: string;
  index: number;
  compact: boolean;
}

/** Spark's compaction replaces all files up to an index by one `.compact` file with that index. */
function liveFiles(files: readonly RollingFile[]): RollingFile[] {
  const compacted = Math.max(-1, ...files.filter((file) => file.compact).map((file) => file.index));
  return files
    .filter((file) => file.index > compacted || (file.index === compacted && file.compact))
    .sort((a, b) => a.index - b.index);
}

function missingFiles(live: readonly RollingFile[], first: number): string[] {
  const missing: string[] = [];
  let expected = live[0]?.compact ? live[0].index : first;
  for (const { index } of live) {
    if (index > expected)
      missing.push(
        index === expected + 1
          ? `events_${expected} is missing`
          : `events_${expected} to events_${index - 1} are missing`,
      );
    expected = index + 1;
  }
  return missing;
}

async function rollingSource(path: string, first: number): Promise<LogSource> {
  const names = await readdir(path);
  const rolling: RollingFile[] = [];
  for (const name of names) {
    const match = ROLLING_FILE.exec(name);
    if (match) rolling.push({ name, index: Number(match[1]), compact: match[3] !== undefined });
  }
  const live = liveFiles(rolling);
  if (live.length === 0)
    throw sourceError(
      `open ${path}`,
      'the folder holds no events_<n>_<application> file',
      'It is no rolling event log, or its files were removed.',
    );
  const entries = await Promise.all(live.map((file) => entryOf(join(path, file.name))));
  const status = names.find((name) => name.startsWith('appstatus_'));
  return {
    path,
    rolling: true,
    inProgress: status?.endsWith(IN_PROGRESS) ?? false,
    compacted: live.some((file) => file.compact),
    files: live.map(({ name, index, compact }, place) => ({
      path: join(path, name),
      index,
      compact,
      bytes: entries[place]?.size ?? 0,
    })),
    bytes: entries.reduce((sum, entry) => sum + entry.size, 0),
    modifiedMs: Math.max(...entries.map((entry) => entry.mtimeMs)),
    damage: missingFiles(live, first),
  };
}

/** The number of a rolling log's file; undefined if its name is none. */
export function rollingIndex(name: string): number | undefined {
  const match = ROLLING_FILE.exec(name);
  return match ? Number(match[1]) : undefined;
}

/**
 * The log that a path names: a file or a rolling folder, whose files are numbered from `first` on.
 * @throws SourceError if it is neither or cannot be read.
 */
export async function logSource(path: string, first = 1): Promise<LogSource> {
  const entry = await entryOf(path);
  if (entry.isDirectory()) return rollingSource(path, first);
  return {
    path,
    rolling: false,
    inProgress: path.endsWith(IN_PROGRESS),
    compacted: false,
    files: [{ path, index: 1, compact: false, bytes: entry.size }],
    bytes: entry.size,
    modifiedMs: entry.mtimeMs,
    damage: [],
  };
}

/** Paths of the logs in a folder, unfinished ones first, so that a finished one of the same application wins. */
export async function listLogs(folder: string): Promise<string[]> {
  const entry = await entryOf(folder);
  if (!entry.isDirectory() || ROLLING_FOLDER.test(basename(folder))) return [folder];
  const found = (await readdir(folder, { withFileTypes: true }))
    .filter((item) => (item.isDirectory() ? ROLLING_FOLDER.test(item.name) : isLogName(item.name)))
    .map((item) => item.name);
  const unfinished = (name: string) => (name.endsWith(IN_PROGRESS) ? 0 : 1);
  return found.sort((a, b) => unfinished(a) - unfinished(b) || (a < b ? -1 : 1)).map((name) => join(folder, name));
}
