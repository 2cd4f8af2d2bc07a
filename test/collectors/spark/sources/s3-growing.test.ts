import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sparkLogs } from '../../../../src/collectors/spark/index.js';
import { Config } from '../../../../src/config/schema.js';
import { openStore, type Store } from '../../../../src/store/open.js';
import { findSparkApplication, readSparkLog } from '../../../../src/store/spark.js';
import { stubS3 } from '../../../support/aws-environment.js';
import { type FakeServer, startServer } from '../../../support/http.js';
import { EXECUTOR_LOST, plainLog, temporaryFolder } from '../fixtures.js';

const FOLDER = `eventlog_v2_${EXECUTOR_LOST}`;
const CONTINUED = '1 log read, 1 of them from where reading had ended';
const whole = plainLog(EXECUTOR_LOST);
/** The log in four files, as Spark rolls it: at ends of lines. */
const parts = [0, 1, 2, 3].map((at) => {
  const end = (part: number) => (part === 4 ? whole.length : whole.indexOf('\n', (whole.length * part) / 4) + 1);
  return whole.subarray(at === 0 ? 0 : end(at), end(at + 1));
});
const fileOf = (index: number) => `events_${index}_${EXECUTOR_LOST}`;
const STATUS = `appstatus_${EXECUTOR_LOST}`;

let server: FakeServer;
let objects: Map<string, Buffer>;
let downloads: string[];
let store: Store;

/** S3's two answers: a list of keys, and an object. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const name = decodeURIComponent(url.pathname).split('/').at(-1) ?? '';
  const content = objects.get(name);
  if (content) {
    downloads.push(name);
    response.writeHead(200, { 'content-type': 'binary/octet-stream' });
    response.end(content);
    return;
  }
  const entries = [...objects].map(([key, bytes]) => {
    const etag = createHash('md5').update(bytes).digest('hex');
    return `<Contents><Key>${FOLDER}/${key}</Key><LastModified>2026-11-23T21:00:00.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${bytes.length}</Size></Contents>`;
  });
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0"?><ListBucketResult><Name>logs</Name><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`,
  );
}

beforeEach(async () => {
  downloads = [];
  objects = new Map([[`${STATUS}.inprogress`, Buffer.alloc(0)]]);
  store = openStore(':memory:');
  server = await startServer(answer);
  stubS3(server.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  store.close();
  await server.close();
});

async function collect(logs = `s3://logs/${FOLDER}`, into = store) {
  downloads = [];
  return sparkLogs.collect({
    config: Config.parse({ spark: { logs } }),
    store: into,
    window: { sinceMs: 0, untilMs: Date.UTC(2030, 0, 1) },
    sinceGiven: false,
    cluster: 'c',
    signal: new AbortController().signal,
    progress: () => {},
  });
}

function rows(from: Store) {
  const { application, ...rest } = readSparkLog(from.db, findSparkApplication(from.db, EXECUTOR_LOST)?.key ?? -1);
  return { ...rest, application: { ...application, log: { ...application.log, path: '' } } };
}

/** What the store would hold of the same files on this machine, read at once. */
async function atOnce() {
  const folder = join(temporaryFolder(), FOLDER);
  mkdirSync(folder);
  for (const [name, bytes] of objects) writeFileSync(join(folder, name), bytes);
  const other = openStore(':memory:');
  try {
    await collect(folder, other);
    return rows(other);
  } finally {
    other.close();
  }
}

function put(index: number, bytes = parts[index - 1] ?? Buffer.alloc(0)): void {
  objects.set(fileOf(index), bytes);
}

describe('a rolling log in a bucket that grows', () => {
  it('is downloaded from the file in which reading ended', async () => {
    put(1);
    put(2);
    await collect();
    put(3);

    const second = await collect();

    expect(second).toMatchObject({ detail: CONTINUED, gaps: [] });
    expect(downloads.filter((name) => name.startsWith('events_'))).toEqual([fileOf(2), fileOf(3)]);
    expect(rows(store)).toEqual(await atOnce());
    put(4);
    objects.delete(`${STATUS}.inprogress`);
    objects.set(STATUS, Buffer.alloc(0));
    expect(await collect()).toMatchObject({ detail: CONTINUED, gaps: [] });
    expect(downloads.filter((name) => name.startsWith('events_'))).toEqual([fileOf(3), fileOf(4)]);
    expect(rows(store)).toEqual(await atOnce());
  });

  it('is downloaded whole where the file in which reading ended is another now', async () => {
    put(1);
    put(2);
    await collect();
    put(2, Buffer.concat([parts[2] ?? Buffer.alloc(0), parts[1] ?? Buffer.alloc(0)]));
    put(3, parts[3]);

    const second = await collect();

    expect(second.detail).toBe('1 log read');
    expect(downloads.filter((name) => name.startsWith('events_')).sort()).toEqual(
      [fileOf(1), fileOf(2), fileOf(2), fileOf(3), fileOf(3)].sort(),
    );
    expect(rows(store)).toEqual(await atOnce());
  });

  it('says which file is missing among the new ones', async () => {
    put(1);
    put(2);
    await collect();
    put(4);

    const second = await collect();

    expect(second.detail).toBe('1 log read, 1 of them from where reading had ended, 1 damaged');
    expect(second.gaps[0]?.why).toContain('events_3 is missing');
  });
});
