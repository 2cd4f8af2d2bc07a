import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, messageOf, StoreError } from '../../model/errors.js';

/** The name of a kept report: its time in UTC, so that names sort by time. Nothing else is ever deleted. */
const KEPT = /^\d{4}-\d\d-\d\dT\d{6}Z$/;

/** `2021-05-31T023000Z`. */
export function keptName(generatedAt: string): string {
  return `${new Date(generatedAt).toISOString().slice(0, 19).replaceAll(':', '')}Z`;
}

/** Kept reports in the folder, newest first. */
export function keptReports(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && KEPT.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .reverse();
}

/**
 * Deletes all but the newest `keep` reports; gives the names of those deleted.
 * @throws StoreError that names the folder.
 */
export function prune(folder: string, keep: number): string[] {
  try {
    const old = keptReports(folder).slice(keep);
    for (const name of old) rmSync(join(folder, name), { recursive: true, force: true });
    return old;
  } catch (error) {
    throw new StoreError(`${folder}: old reports cannot be deleted: ${messageOf(error)}`, EXIT.incomplete, {
      cause: error,
    });
  }
}
