import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { EXIT, StoreError } from '../model/errors.js';

interface Holder {
  pid: number;
  host: string;
  startedAt: string;
  command: string;
}

/** A holder touches its lock this often, so that one of another host (a CronJob's killed pod) can be known as gone. */
const TOUCH_EVERY_MS = 30_000;
/** Long enough for any single batch, during which the timer cannot run. */
const SILENT_FOR_MS = 15 * 60_000;
/** Between making the file and writing into it, where a file system has no hard links. */
const UNWRITTEN_FOR_MS = 10_000;

/** Another process holds the store: nothing is wrong with it. */
export class LockHeldError extends StoreError {
  constructor(message: string, hint: string) {
    super(message, EXIT.incomplete, { hint });
    this.name = 'StoreError';
  }
}

export interface Lock {
  release(): void;
}

/** Locks of this very process; its pid alone says nothing, in a container it is the same every night. */
const own = new Set<string>();

/** Undefined if there is none. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** By hand: the lock is looked at by every command, and a schema library is 12 MB. */
function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  const isText = (name: string) => typeof Reflect.get(value, name) === 'string';
  return Number.isSafeInteger(Reflect.get(value, 'pid')) && ['host', 'startedAt', 'command'].every(isText);
}

function holderIn(text: string | undefined): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(text ?? '');
    return isHolder(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

/** Whether whoever wrote the lock is gone: the process, or, of another host, any sign of life. */
function isStale(path: string, text: string, touchedMs: number): boolean {
  const holder = holderIn(text);
  const silentMs = Date.now() - touchedMs;
  if (!holder) return silentMs > UNWRITTEN_FOR_MS;
  if (holder.host !== hostname()) return silentMs > SILENT_FOR_MS;
  return holder.pid === process.pid ? !own.has(path) : !isAlive(holder.pid);
}

function ownHolder(): string {
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    command: process.argv.slice(2, 3).join(' '),
  };
  return `${JSON.stringify(holder)}\n`;
}

/** What file systems without hard links say. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL']);

/** Makes the lock with its text or not at all: whoever is killed on the way leaves no empty one that nobody owns. */
function put(path: string, text: string): void {
  const draft = `${path}.${hostname()}-${process.pid}`;
  try {
    writeFileSync(draft, text);
    linkSync(draft, path);
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error))) throw error;
    writeFileSync(path, text, { flag: 'wx' });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** False if the file is there already. */
function create(path: string, text: string): boolean {
  try {
    put(path, text);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Puts our lock in the place of a stale one, as the only one who may: several can judge the same lock at once, and
 * whoever comes late would remove the new one. False if it is another's turn, or another was quicker.
 */
function replace(path: string, stale: string, text: string): boolean {
  const turn = `${path}.next`;
  if (!take(turn, text)) return false;
  if (readText(path) === stale) {
    renameSync(turn, path);
    return true;
  }
  rmSync(turn, { force: true });
  return false;
}

/** False if somebody else holds it. */
function take(path: string, text: string): boolean {
  while (!create(path, text)) {
    const touchedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    const there = readText(path);
    // Otherwise it was released in between.
    if (touchedMs !== undefined && there !== undefined)
      return isStale(path, there, touchedMs) && replace(path, there, text);
  }
  return true;
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch (error) {
    // Somebody took it away; the work goes on, SQLite itself still lets only one write at a time.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * Takes the one-writer lock beside the store. A lock whose process is gone is taken over.
 * @throws StoreError (exit 3) that names the holder.
 */
export function acquireLock(storePath: string): Lock {
  if (storePath === ':memory:') return { release: () => {} };
  const path = `${resolve(storePath)}.lock`;
  const text = ownHolder();
  if (!take(path, text)) throw held(storePath, holderIn(readText(path)));
  own.add(path);
  const timer = setInterval(() => touch(path), TOUCH_EVERY_MS).unref();
  return {
    release() {
      clearInterval(timer);
      own.delete(path);
      // Whoever was silent for too long has lost it to another.
      if (readText(path) === text) rmSync(path, { force: true });
    },
  };
}

function held(storePath: string, holder: Holder | undefined): LockHeldError {
  const who = holder
    ? `process ${holder.pid} on ${holder.host} ('sparkfit ${holder.command}', since ${holder.startedAt})`
    : 'another process';
  return new LockHeldError(
    `store ${storePath}: ${who} is writing to it`,
    `Wait until it has ended. If it is gone for good, delete ${storePath}.lock.`,
  );
}
