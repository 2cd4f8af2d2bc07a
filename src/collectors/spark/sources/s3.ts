import type { Config } from '../../../config/schema.js';
import { SourceError } from '../../../model/errors.js';
import { isLogName, rollingIndex, sourceError } from '../log-files.js';
import { GO_ON } from '../reading.js';
import { firstNeeded } from '../resume.js';
import type { FoundLog, FoundLogOptions, ListOptions, LogPlace } from './place.js';
import { type Bucket, openBucket, type S3Object } from './s3-client.js';
import { readThroughSpool } from './spool.js';

const URL_FORM = /^s3[an]?:\/\/([^/]+)\/*(.*?)\/*$/;
const ROLLING = 'eventlog_v2_';

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** One log: a single object, or those of a rolling folder. */
interface S3Log {
  /** Key of the object or of the folder, without a slash at its end. */
  key: string;
  rolling: boolean;
  objects: S3Object[];
}

function modifiedMs({ objects }: S3Log): number {
  return Math.max(0, ...objects.map((object) => object.modifiedMs));
}

/** Entity tags change with the content. */
function cursorOf(log: S3Log): string {
  const bytes = log.objects.reduce((sum, object) => sum + object.bytes, 0);
  return JSON.stringify({ bytes, modifiedMs: modifiedMs(log), etags: log.objects.map((object) => object.etag) });
}

function isUnfinished({ key, rolling, objects }: S3Log): boolean {
  return (rolling ? objects.map((object) => object.key) : [key]).some((name) => name.endsWith('.inprogress'));
}

function isCompact({ key }: S3Object): boolean {
  return key.endsWith('.compact');
}

/** Objects of a rolling log that a continued reading needs. */
function neededOf({ objects }: S3Log, state: Uint8Array): S3Object[] {
  const first = firstNeeded(state);
  return objects.filter(({ key }) => (rollingIndex(lastPart(key)) ?? first) >= first);
}

function foundLog(bucket: Bucket, name: string, log: S3Log): FoundLog {
  const path = `s3://${name}/${log.key}`;
  const folder = lastPart(log.key);
  const readObjects = (objects: readonly S3Object[], options: FoundLogOptions) =>
    readThroughSpool(
      path,
      async (spool) => {
        for (const { key } of objects) {
          const copy = log.rolling ? `${folder}/${lastPart(key)}` : folder;
          await bucket.get(key, (content) => spool.write(copy, content, options.signal), options.signal);
        }
        return folder;
      },
      options,
    );
  return {
    path,
    cursor: async () => cursorOf(log),
    async read({ state, ...options } = {}) {
      const needed = state && log.rolling ? neededOf(log, state) : log.objects;
      if (needed.length === log.objects.length) return readObjects(log.objects, { ...options, state });
      try {
        const read = await readObjects(needed, { ...options, state, partial: true });
        const bytes = log.objects.reduce((sum, object) => sum + object.bytes, 0);
        Object.assign(read.log.application.log, { bytes, compacted: log.objects.some(isCompact) });
        return read;
      } catch (error) {
        if (!(error instanceof SourceError && error.operation === GO_ON)) throw error;
        return readObjects(log.objects, options);
      }
    },
  };
}

/** The rolling logs below a prefix, listed at once: they have several objects each. */
async function rollingLogs(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<S3Log[]> {
  const logs = new Map<string, S3Log>();
  for await (const { objects } of bucket.list(prefix, signal ? { signal } : {}))
    for (const object of objects) {
      const key = object.key.slice(0, object.key.lastIndexOf('/'));
      if (!lastPart(key).startsWith(ROLLING) || object.key.endsWith('/')) continue;
      const log = logs.get(key) ?? { key, rolling: true, objects: [] };
      log.objects.push(object);
      logs.set(key, log);
    }
  return [...logs.values()];
}

async function logsIn(bucket: Bucket, folder: string, signal?: AbortSignal): Promise<S3Log[]> {
  const prefix = folder && `${folder}/`;
  const logs: S3Log[] = [];
  let rolling = false;
  for await (const page of bucket.list(prefix, { delimiter: '/', ...(signal && { signal }) })) {
    for (const object of page.objects)
      if (object.bytes > 0 && isLogName(lastPart(object.key)))
        logs.push({ key: object.key, rolling: false, objects: [object] });
    rolling ||= page.folders.some((name) => name.startsWith(`${prefix}${ROLLING}`));
  }
  return rolling ? [...logs, ...(await rollingLogs(bucket, `${prefix}${ROLLING}`, signal))] : logs;
}

/** The object that is named itself, where the path is no folder. */
async function namedObject(bucket: Bucket, key: string, signal?: AbortSignal): Promise<S3Log[]> {
  if (key === '') return [];
  for await (const { objects } of bucket.list(key, { limit: 1, ...(signal && { signal }) })) {
    const [object] = objects;
    return object?.key === key ? [{ key, rolling: false, objects: [object] }] : [];
  }
  return [];
}

async function logsAt(bucket: Bucket, key: string, signal?: AbortSignal): Promise<S3Log[]> {
  if (lastPart(key).startsWith(ROLLING)) return rollingLogs(bucket, `${key}/`, signal);
  const named = await namedObject(bucket, key, signal);
  return named.length > 0 ? named : logsIn(bucket, key, signal);
}

/** Event logs in a bucket: `s3://bucket/prefix`, of AWS or of any server that speaks its API. */
export function s3Place(config: Config, url: string): LogPlace {
  const [, name = '', key = ''] = URL_FORM.exec(url) ?? [];
  if (name === '') throw sourceError(`open ${url}`, 'it names no bucket', 'Write spark.logs as s3://bucket/prefix.');
  return {
    async list({ sinceMs = 0, signal }: ListOptions = {}) {
      const bucket = await openBucket(config, name);
      const logs = (await logsAt(bucket, key, signal)).filter((log) => modifiedMs(log) >= sinceMs);
      const unfinished = (log: S3Log) => (isUnfinished(log) ? 0 : 1);
      return logs
        .sort((a, b) => unfinished(a) - unfinished(b) || (a.key < b.key ? -1 : 1))
        .map((log) => foundLog(bucket, name, log));
    },
  };
}
