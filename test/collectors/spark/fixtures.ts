import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import type { SparkLog } from '../../../src/model/spark.js';
import { plainOfZstd } from './encode.js';

export const FIXTURES = join(import.meta.dirname, '../../fixtures/spark');
export const CARTESIAN = 'app-20261123203032-0019';
export const SPECULATION = 'app-20261123203413-0031';
export const EXECUTOR_LOST = 'app-20261123205408-0044';
export const ADAPTIVE = 'app-20261123201535-0003';
export const STREAMING = 'app-20261123203456-0033';
export const CUT = 'app-20261123204504-0037.zstd.inprogress';

/** The plain bytes of a recorded log. */
export function plainLog(appId: string): Buffer {
  if (appId === STREAMING) return gunzipSync(readFileSync(join(FIXTURES, `${appId}.gz`)));
  return plainOfZstd(readFileSync(join(FIXTURES, `${appId}.zstd`)));
}

/** A folder of its own for a test file, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeLog(folder: string, name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The rows of a log without what differs by where and how it was written. */
export function rowsOf(log: SparkLog): Omit<SparkLog, 'application'> & { application: object } {
  const { log: facts, ...application } = log.application;
  return { ...log, application: { ...application, lines: facts.lines, skipped: facts.skippedEvents } };
}
