import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { messageOf, UsageError } from '../model/errors.js';
import type { ManifestPlace } from './options.js';
import { manifestKey } from './sarif.js';

/** What a manifest must have to be found; a list of objects is not looked into. */
const Manifest = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});
const SKIPPED = /(^|\/)(node_modules|\.git)(\/|$)/;

/** The objects in a folder's YAML files: where each is written. Files that are no plain YAML (templates) are passed over. */
export function manifestsIn(folder: string): Map<string, ManifestPlace> {
  const places = new Map<string, ManifestPlace>();
  for (const path of yamlFiles(folder)) {
    const lines = new LineCounter();
    for (const document of parseAllDocuments(readFileSync(join(folder, path), 'utf8'), { lineCounter: lines })) {
      if (!('contents' in document) || document.errors.length > 0) continue;
      const manifest = Manifest.safeParse(document.toJS());
      if (!manifest.success) continue;
      const { kind, metadata } = manifest.data;
      const line = lines.linePos(document.contents?.range?.[0] ?? 0).line;
      places.set(manifestKey(kind, metadata.namespace, metadata.name), { path, line });
    }
  }
  return places;
}

function yamlFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => !SKIPPED.test(path))
      .sort();
  } catch (error) {
    throw new UsageError(`--manifests ${folder}: cannot be read: ${messageOf(error)}`, {
      hint: 'Name the folder that holds your Kubernetes YAML.',
    });
  }
}
