import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEventLog } from '../../src/collectors/spark/read.js';
import type { LogThreads } from '../../src/collectors/spark/threads/pool.js';
import { SourceError } from '../../src/model/errors.js';

const FIXTURES = join(import.meta.dirname, '../fixtures/spark');
/** Threads run what was built: Node 20 reads no TypeScript. */
const BUILT = join(import.meta.dirname, '../../dist/collectors/spark/threads/pool.js');
if (!existsSync(BUILT)) process.stderr.write('\n!! SKIPPED: threads that read event logs: run npm run build first\n');

describe.skipIf(!existsSync(BUILT))('threads that read event logs', () => {
  let threads: LogThreads;
  beforeAll(async () => {
    const { openLogThreads } = await import(pathToFileURL(BUILT).href);
    threads = openLogThreads(10, 4);
  });
  afterAll(() => threads.close());

  it('give the rows that one thread gives, several logs at once', async () => {
    const paths = readdirSync(FIXTURES)
      .filter((name) => name.startsWith('app-'))
      .map((name) => join(FIXTURES, name));
    expect(paths.length).toBeGreaterThan(10);
    expect(threads.size).toBe(4);

    const logs = await Promise.all(paths.map((path) => threads.parse(path)));

    for (const [at, path] of paths.entries()) expect(logs[at]?.log, path).toEqual(await readEventLog(path));
  });

  it('say what cannot be read as one thread does, and go on', async () => {
    const bad = join(FIXTURES, '../kubernetes/lists.json');
    const own = await readEventLog(bad).catch((error: unknown) => error);
    const theirs = await threads.parse(bad).catch((error: unknown) => error);

    if (!(own instanceof SourceError) || !(theirs instanceof Error)) throw new Error('expected errors');
    expect(theirs.message).toBe(own.message);
    const [log] = readdirSync(FIXTURES).filter((name) => name.startsWith('app-'));
    expect((await threads.parse(join(FIXTURES, log ?? ''))).log.application.log.damage).toEqual([]);
  });
});
