import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../../../config/schema.js';
import { openBucket } from '../../spark/sources/s3-client.js';
import { isManifest } from './exports.js';
import { isBillFile } from './read.js';

/** A file of the bill, or a manifest beside it, and a way to have it on disk. */
export interface BillSource {
  path: string;
  /** Changes with the content. */
  version: string;
  /** Hands on a path on disk, which is gone afterwards where it was a copy. */
  withFile<T>(work: (path: string) => Promise<T>): Promise<T>;
}

const isWanted = (name: string): boolean => isBillFile(name) || isManifest(name);

async function ofFolder(place: string): Promise<BillSource[]> {
  const isFile = (await stat(place)).isFile();
  const names = isFile
    ? [place]
    : (await readdir(place, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && isWanted(entry.name))
        .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    names.sort().map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, version: `${size}-${Math.round(mtimeMs)}`, withFile: (work) => work(path) };
    }),
  );
}

async function ofBucket(config: Config, place: string, signal: AbortSignal): Promise<BillSource[]> {
  const [, name = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place) ?? [];
  const bucket = await openBucket(config, name, { source: 'aws-prices', setting: 'aws.bill' });
  const sources: BillSource[] = [];
  for await (const { objects } of bucket.list(prefix, { signal }))
    for (const { key, etag, bytes } of objects)
      if (isWanted(key))
        sources.push({
          path: `s3://${name}/${key}`,
          version: etag || String(bytes),
          async withFile(work) {
            const folder = await mkdtemp(join(tmpdir(), 'sparkfit-bill-'));
            try {
              const copy = join(folder, basename(key));
              await bucket.get(key, (content) => pipeline(content, createWriteStream(copy)), signal);
              return await work(copy);
            } finally {
              await rm(folder, { recursive: true, force: true });
            }
          },
        });
  return sources;
}

/** The files of the bill and the manifests under a folder, a file or `s3://bucket/prefix`. */
export function billSources(config: Config, place: string, signal: AbortSignal): Promise<BillSource[]> {
  return place.startsWith('s3://') ? ofBucket(config, place, signal) : ofFolder(place);
}
