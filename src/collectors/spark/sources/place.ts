import { basename } from 'node:path';
import type { LogParser, LogRead } from '../read.js';

export interface FoundLogOptions {
  signal?: AbortSignal;
  /** Reads it in another thread; this one by default. */
  parse?: LogParser;
  /** What the reading before left (LogRead.state). */
  state?: Uint8Array | undefined;
  /** Whether of a rolling log only the files that the state needs are to be read. */
  partial?: boolean;
}

/** One application's log, wherever it lies. */
export interface FoundLog {
  /** As people name it; the key of its cursor. */
  readonly path: string;
  /** Changes when the log does. */
  cursor(): Promise<string>;
  /** @throws SourceError if it cannot be had or is no event log. */
  read(options?: FoundLogOptions): Promise<LogRead>;
}

export interface ListOptions {
  /** Logs that were last written before need not be listed. */
  sinceMs?: number;
  signal?: AbortSignal;
}

/** Where event logs lie: a folder, a bucket, a History Server. */
export interface LogPlace {
  /**
   * Unfinished logs first, so that a finished one of the same application wins.
   * @throws SourceError if the place cannot be read.
   */
  list(options?: ListOptions): Promise<FoundLog[]>;
}

/** The end of a path or, of a History Server's address, the application and its attempt. */
export function nameOf({ path }: Pick<FoundLog, 'path'>): string {
  return /\/applications\/(.+)\/logs$/.exec(path)?.[1] ?? basename(path);
}
