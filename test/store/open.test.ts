import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishRun, lastRuns, startRun } from '../../src/store/collections.js';
import { migrate, STORE_VERSION } from '../../src/store/migrations.js';
import { asStoreError, openStore, openStoreForReading, withStoreErrors } from '../../src/store/open.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-store-'));
  path = join(folder, 'sparkfit.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function sqlite(change: (db: Database.Database) => void): void {
  const db = new Database(path);
  change(db);
  db.close();
}

function storeError(exitCode: number, message: RegExp) {
  return expect.objectContaining({ name: 'StoreError', exitCode, message: expect.stringMatching(message) });
}

const WINDOW = { sinceMs: 0, untilMs: 1 };

describe('openStore', () => {
  it('makes the folder, the file and the tables, and leaves no lock behind', () => {
    path = join(folder, 'a', 'b', 'sparkfit.db');
    const store = openStore(path);
    expect(existsSync(`${path}.lock`)).toBe(true);
    store.close();
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['sparkfit.db']);
  });

  it('opened again holds what was written', () => {
    const first = openStore(path);
    startRun(first.db, 'kubernetes', 'test', WINDOW, 0);
    first.close();
    const second = openStore(path);
    expect(lastRuns(second.db)).toHaveLength(1);
    second.close();
  });

  it('refuses a store of a newer version and leaves it as it is', () => {
    openStore(path).close();
    sqlite((db) => db.pragma(`user_version = ${STORE_VERSION + 1}`));
    const before = readFileSync(path);
    const expected = storeError(2, new RegExp(`version ${STORE_VERSION + 1}, .* up to ${STORE_VERSION}`));
    expect(() => openStore(path)).toThrow(expected);
    expect(() => openStoreForReading(path)).toThrow(expected);
    expect(readFileSync(path)).toEqual(before);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("refuses another program's SQLite file and leaves it as it is", () => {
    sqlite((db) => db.exec('CREATE TABLE theirs (x)'));
    const before = readFileSync(path);
    expect(() => openStore(path)).toThrow(storeError(2, /belongs to another program/));
    expect(() => openStoreForReading(path)).toThrow(storeError(2, /belongs to another program/));
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['sparkfit.db']);
  });

  it.each([
    ['text', 'this is no database, but long enough to have a header of a hundred bytes: '.repeat(4)],
    ['a short text', 'hello'],
  ])('refuses %s', (_, content) => {
    writeFileSync(path, content);
    expect(() => openStore(path)).toThrow(storeError(2, /no sparkfit store/));
    expect(() => openStoreForReading(path)).toThrow(storeError(2, /no sparkfit store/));
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('says of a damaged store that it is damaged', () => {
    openStore(path).close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xaa, 4096, bytes.length));
    expect(() => openStoreForReading(path)).toThrow(storeError(2, /it is damaged/));
  });

  it('takes an empty file for a new store', () => {
    writeFileSync(path, '');
    openStore(path).close();
    openStoreForReading(path).close();
  });

  it.each([
    ['whose folder is a file', () => join(folder, 'file', 'sparkfit.db')],
    ['in a file as folder of folders', () => join(folder, 'file', 'deeper', 'sparkfit.db')],
  ])('says that it cannot write a store %s', (_, where) => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openStore(where())).toThrow(storeError(2, /cannot be opened for writing/));
  });
});

describe('openStoreForReading', () => {
  it('says what to do where there is none', () => {
    expect(() => openStoreForReading(path)).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining('sparkfit collect') }),
    );
  });

  it('calls a folder a folder', () => {
    for (const open of [openStore, openStoreForReading])
      expect(() => open(folder)).toThrow(storeError(2, /is a directory/));
    expect(existsSync(`${folder}.lock`)).toBe(false);
  });

  it('reads while another writes, and cannot write', () => {
    const writer = openStore(path);
    startRun(writer.db, 'kubernetes', 'test', WINDOW, 0);
    const reader = openStoreForReading(path);
    expect(lastRuns(reader.db)).toHaveLength(1);
    expect(() => startRun(reader.db, 'kubernetes', 'test', WINDOW, 0)).toThrow(/readonly/);
    reader.close();
    writer.close();
  });
});

describe('a full disk', () => {
  it('ends the write with exit 3 and keeps what was committed', () => {
    const store = openStore(path);
    const first = startRun(store.db, 'kubernetes', 'test', WINDOW, 0);
    // SQLite's own limit gives the error that a full disk gives.
    store.db.pragma(`max_page_count = ${store.db.pragma('page_count', { simple: true })}`);
    const gap = { ...WINDOW, why: 'x'.repeat(50_000) };
    const fill = () => finishRun(store.db, first, { state: 'partial', rows: 1, detail: '', gaps: [gap] }, 1);
    expect(() => withStoreErrors(path, fill)).toThrow(storeError(3, /the disk is full/));
    expect(lastRuns(store.db)).toMatchObject([{ source: 'kubernetes', state: 'running' }]);
    expect(store.db.pragma('integrity_check', { simple: true })).toBe('ok');
    store.close();
  });

  it('is told from a disk that fails', () => {
    const error = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
    expect(asStoreError(error, path)).toEqual(storeError(3, /SQLITE_IOERR_READ/));
  });

  it('other errors stay what they are', () => {
    const bug = new TypeError('x is not a function');
    expect(asStoreError(bug, path)).toBe(bug);
    const constraint = new Database.SqliteError('UNIQUE constraint failed', 'SQLITE_CONSTRAINT_UNIQUE');
    expect(asStoreError(constraint, path)).toBe(constraint);
  });
});

describe('migrate', () => {
  const first = 'CREATE TABLE a (x) STRICT'.replace('x', 'x INTEGER');
  const second = 'ALTER TABLE a ADD COLUMN y INTEGER';

  it('brings an older store up and keeps a copy of what it was', () => {
    sqlite((db) => {
      migrate(db, path, [first]);
      db.exec('INSERT INTO a (x) VALUES (7)');
      migrate(db, path, [first, second]);
      expect(db.prepare('SELECT x, y FROM a').all()).toEqual([{ x: 7, y: null }]);
      expect(db.pragma('user_version', { simple: true })).toBe(2);
    });
    const backup = new Database(`${path}.v1.bak`, { readonly: true });
    expect(backup.prepare('SELECT * FROM a').all()).toEqual([{ x: 7 }]);
    expect(backup.pragma('user_version', { simple: true })).toBe(1);
    backup.close();
  });

  it('that fails leaves the store at the version before it', () => {
    sqlite((db) => {
      migrate(db, path, [first]);
      expect(() => migrate(db, path, [first, 'CREATE TABLE b (x); ALTER TABLE none ADD COLUMN y'])).toThrow(
        /no such table/,
      );
      expect(db.pragma('user_version', { simple: true })).toBe(1);
      expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'b'").all()).toEqual([]);
    });
  });

  it('makes no copy of a new store', () => {
    openStore(path).close();
    expect(readdirSync(folder)).toEqual(['sparkfit.db']);
  });

  it('is not done by a reader', () => {
    sqlite((db) => migrate(db, path, [first]));
    const db = new Database(path, { readonly: true });
    expect(() => migrate(db, path, [first, second])).toThrow(storeError(2, /version 1 and must be brought to 2/));
    db.close();
  });

  it('every table has strict types', () => {
    const store = openStore(':memory:');
    const tables = store.db
      .prepare("SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
      .all();
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.filter((table) => JSON.stringify(table).includes('"strict":0'))).toEqual([]);
    store.close();
  });
});

it('a folder that appears later is no reason to fail', () => {
  mkdirSync(join(folder, 'there'));
  openStore(join(folder, 'there', 'sparkfit.db')).close();
});
