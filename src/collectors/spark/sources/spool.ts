import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SourceError } from '../../../model/errors.js';
import { sourceError } from '../log-files.js';
import { type LogRead, readGrowingLog } from '../read.js';
import type { FoundLogOptions } from './place.js';

/** Names of one or two parts, as Spark gives its logs; anything else could leave the folder. */
const SAFE_NAME = /^(?:eventlog_v2_[^/\\]+\/)?[^/\\]+$/;

/** Where a log is kept while it is read: some need a second look, and a download that broke begins anew. */
export interface Spool {
  /** Writes one file of the log, `app-1.zstd` or `eventlog_v2_app-1/events_1_app-1`. */
  write(name: string, content: Readable, signal?: AbortSignal): Promise<void>;
}

async function writeFile(folder: string, name: string, content: Readable, signal?: AbortSignal): Promise<void> {
  if (!SAFE_NAME.test(name) || name.split('/').some((part) => part === '..' || part === '.'))
    throw sourceError('download', `'${name}' is no name of an event log`);
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await pipeline(content, createWriteStream(path), { ...(signal && { signal }) });
}

/** What is said of the copy is meant of the log itself. */
function ofOrigin(error: unknown, copy: string, origin: string): unknown {
  if (!(error instanceof SourceError)) return error;
  const { source, operation, hint, retryable, message } = error;
  const reason = message.slice(`${source}: ${operation}: `.length).replaceAll(copy, origin);
  const details = { retryable, cause: error, ...(hint !== undefined && { hint }) };
  return new SourceError(source, operation.replaceAll(copy, origin), reason, details);
}

/** Reads a log through a copy in a temporary folder, which is gone afterwards. `download` gives the copy's name. */
export async function readThroughSpool(
  origin: string,
  download: (spool: Spool) => Promise<string>,
  { parse = readGrowingLog, ...options }: FoundLogOptions = {},
): Promise<LogRead> {
  const folder = await mkdtemp(join(tmpdir(), 'sparkfit-log-'));
  try {
    const name = await download({ write: (file, content, stop) => writeFile(folder, file, content, stop) });
    const copy = join(folder, name);
    try {
      const read = await parse(copy, options);
      read.log.application.log.path = origin;
      return read;
    } catch (error) {
      throw ofOrigin(error, copy, origin);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
