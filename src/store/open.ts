import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { EXIT, KnownError, messageOf, StoreError } from '../model/errors.js';
import { acquireLock } from './lock.js';
import { checkOurs, migrate } from './migrations.js';

export type Db = Database.Database;

/** The SQLite file with everything that was collected. Open it once per command and close it. */
export interface Store {
  readonly path: string;
  readonly db: Db;
  close(): void;
}

const BUSY_TIMEOUT_MS = 10_000;

function sqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

function diskFull(path: string, cause: unknown): StoreError {
  return new StoreError(`store ${path}: the disk is full; what was committed before stays`, EXIT.incomplete, {
    hint: 'Free some space and run the same command again: it goes on where it stopped.',
    cause,
  });
}

function notWritable(path: string, cause: unknown): StoreError {
  return new StoreError(`store ${path}: cannot be opened for writing (${messageOf(cause)})`, EXIT.usage, {
    hint: 'Check that the folder exists and is writable, or name another file with --store.',
    cause,
  });
}

/** Says in one line what SQLite's error means to the user; other errors pass unchanged. */
export function asStoreError(error: unknown, path: string): unknown {
  if (error instanceof KnownError) return error;
  const code = sqliteCode(error);
  const is = (...codes: string[]) => codes.some((each) => code === each || code.startsWith(`${each}_`));
  const cause = { cause: error };
  if (is('SQLITE_FULL')) return diskFull(path, error);
  if (is('SQLITE_IOERR'))
    return new StoreError(`store ${path}: the disk cannot be read or written (${code})`, EXIT.incomplete, {
      hint: 'Look for a full or failing disk; what was committed before stays.',
      ...cause,
    });
  if (is('SQLITE_NOTADB', 'SQLITE_CORRUPT')) {
    const what = is('SQLITE_NOTADB') ? 'this is no sparkfit store' : 'it is damaged';
    return new StoreError(`store ${path}: ${what} (${messageOf(error)})`, EXIT.usage, {
      hint: 'Name another file with --store, or restore the newest backup beside it.',
      ...cause,
    });
  }
  if (is('SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM')) return notWritable(path, error);
  if (is('SQLITE_BUSY', 'SQLITE_LOCKED'))
    return new StoreError(`store ${path}: another process is writing to it`, EXIT.incomplete, {
      hint: 'Wait until it has ended and try again.',
      ...cause,
    });
  return error;
}

/** What the file system says while folder, lock and backup are made; it never gets this far from a collector. */
function asFolderError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'syscall' in error && 'code' in error ? error.code : undefined;
  if (code === undefined) return error;
  return code === 'ENOSPC' || code === 'EDQUOT' ? diskFull(path, error) : notWritable(path, error);
}

/** Runs `work` and turns SQLite's errors into StoreErrors that name `path`. */
export function withStoreErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStoreError(error, path);
  }
}

/** SQLite would call a folder an unreadable disk. @throws StoreError */
function checkIsFile(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new StoreError(`store ${path}: is a directory`, EXIT.usage, {
    hint: 'Name a file with --store, store in sparkfit.yaml or SPARKFIT_STORE.',
  });
}

function openLocked(path: string): Store {
  const lock = acquireLock(path);
  let db: Db | undefined;
  try {
    db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    // Before anything is changed: another program's file is left as it is.
    checkOurs(db, path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    migrate(db, path);
  } catch (error) {
    db?.close();
    lock.release();
    throw error;
  }
  const opened = db;
  return {
    path,
    db: opened,
    close() {
      opened.close();
      lock.release();
    },
  };
}

/**
 * Opens the store for writing: creates it if needed, migrates it, takes the one-writer lock.
 * @throws StoreError if it is of a newer version, held by another writer, not writable or not a store.
 */
export function openStore(path: string): Store {
  try {
    checkIsFile(path);
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    return openLocked(path);
  } catch (error) {
    throw asStoreError(asFolderError(error, path), path);
  }
}

/**
 * Opens an existing store for reading only; works while another process writes. `filledBy`: the command that makes what
 * is to be read.
 * @throws StoreError if there is none.
 */
export function openStoreForReading(path: string, filledBy = 'collect'): Store {
  if (!existsSync(path))
    throw new StoreError(`store ${path}: there is none yet`, EXIT.usage, {
      hint: `Run 'sparkfit ${filledBy}' first, or name the file with --store.`,
    });
  checkIsFile(path);
  return withStoreErrors(path, () => {
    const db = new Database(path, { timeout: BUSY_TIMEOUT_MS, readonly: true });
    try {
      db.pragma('query_only = ON');
      migrate(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
    return { path, db, close: () => db.close() };
  });
}
