import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../../src/store/lock.js';
import { openStore } from '../../src/store/open.js';

let folder: string;
let path: string;
let lockFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-lock-'));
  path = join(folder, 'sparkfit.db');
  lockFile = `${path}.lock`;
});
afterEach(() => rmSync(folder, { recursive: true }));

const here = { host: hostname(), startedAt: '2026-05-01T02:00:00Z', command: 'collect' };
/** Nobody's: Linux gives out ids up to 2²². */
const deadPid = 2 ** 22 + 1;

function leave(holder: object | string, touchedMinutesAgo = 0): void {
  writeFileSync(lockFile, typeof holder === 'string' ? holder : JSON.stringify(holder));
  const touched = new Date(Date.now() - touchedMinutesAgo * 60_000);
  utimesSync(lockFile, touched, touched);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

describe('the one-writer lock', () => {
  it('names its holder to who comes second, with exit 3', () => {
    const store = openStore(path);
    expect(() => openStore(path)).toThrow(
      expect.objectContaining({
        exitCode: 3,
        message: expect.stringContaining(`process ${process.pid} on ${hostname()}`),
        hint: expect.stringContaining(`delete ${lockFile}`),
      }),
    );
    expect(existsSync(lockFile)).toBe(true);
    store.close();
    openStore(path).close();
  });

  it('of a process that lives is not taken, however old it is', () => {
    leave({ ...here, pid: process.ppid }, 600);
    expect(() => acquireLock(path)).toThrow(
      `process ${process.ppid} on ${hostname()} ('sparkfit collect', since 2026-05-01T02:00:00Z)`,
    );
  });

  it.each<[string, () => void]>([
    ['a process that is dead', () => leave({ ...here, pid: deadPid })],
    ['an earlier process with our own id, as in a container', () => leave({ ...here, pid: process.pid })],
    [
      'another host that has been silent for long',
      () => leave({ ...here, host: 'nightly-28391040-x7kq2', pid: 1 }, 16),
    ],
    ['nobody: an empty file that was left', () => leave('', 1)],
  ])('of %s is taken over', (_, left) => {
    left();
    const lock = acquireLock(path);
    expect(JSON.parse(readFileSync(lockFile, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    lock.release();
    expect(existsSync(lockFile)).toBe(false);
  });

  it.each<[string, () => void]>([
    ['another host', () => leave({ ...here, host: 'elsewhere', pid: 1 }, 14)],
    ['a process that has just made the file and not yet written into it', () => leave('')],
  ])('of %s is not taken', (_, left) => {
    left();
    expect(() => acquireLock(path)).toThrow(expect.objectContaining({ exitCode: 3 }));
    expect(existsSync(lockFile)).toBe(true);
  });

  it('is never there without its holder, so that a kill on the way leaves none that nobody owns', async () => {
    const often = `
      import { acquireLock } from ${JSON.stringify(pathToFileURL(resolve('dist/store/lock.js')).href)};
      for (let i = 0; i < 3000; i++) acquireLock(process.argv[1]).release();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', often, path]);
    const exit = once(child, 'exit');
    let seen = 0;
    while (child.exitCode === null) {
      const text = readIfThere(lockFile);
      if (text !== undefined) {
        expect(text).toMatch(/^\{"pid":\d+,.*\}\n$/);
        seen++;
      }
      await setImmediate();
    }
    await exit;
    expect(seen).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that is stale is taken over by one of those who find it so at once', async () => {
    const often = `
      import { acquireLock } from ${JSON.stringify(pathToFileURL(resolve('dist/store/lock.js')).href)};
      import { readFileSync, renameSync, writeFileSync } from 'node:fs';
      const [, path, dead] = process.argv;
      for (let taken = 0; taken < 100; ) {
        try {
          acquireLock(path);
        } catch (error) {
          if (error.exitCode !== 3) throw error;
          continue;
        }
        for (let look = 0; look < 100; look++)
          if (JSON.parse(readFileSync(path + '.lock', 'utf8')).pid !== process.pid) throw new Error('two hold it');
        const holder = { ...JSON.parse(dead), startedAt: process.pid + '/' + taken++ };
        writeFileSync(path + '.' + process.pid, JSON.stringify(holder));
        renameSync(path + '.' + process.pid, path + '.lock');
      }
      process.exit();`;
    leave({ ...here, pid: deadPid });
    const dead = JSON.stringify({ ...here, pid: deadPid });
    const words = ['--input-type=module', '-e', often, path, dead];
    const run = () => promisify(execFile)(process.execPath, words);
    await Promise.all(Array.from({ length: 4 }, run));
    expect(readdirSync(folder)).toEqual(['sparkfit.db.lock']);
  });

  it('that another has taken over is left to it', () => {
    const lock = acquireLock(path);
    leave({ ...here, host: 'elsewhere', pid: 1 });
    lock.release();
    expect(existsSync(lockFile)).toBe(true);
  });

  it('is one by whatever path the store is named', () => {
    const lock = acquireLock(path);
    expect(() => acquireLock(relative('', path))).toThrow(expect.objectContaining({ exitCode: 3 }));
    lock.release();
  });

  it('is not needed for a store in memory', () => {
    const first = acquireLock(':memory:');
    const second = acquireLock(':memory:');
    first.release();
    second.release();
  });
});
