import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError, messageOf } from '../model/errors.js';
import type { Variant, Workload } from './suite-schema.js';

export type Json = { [key: string]: unknown };

/** Which session made it, and so that a person finds what was left behind: kubectl get sparkapplications -l sparkfit.dev/bench. */
const LABEL = 'sparkfit.dev/bench';

const Manifest = z.looseObject({
  apiVersion: z.string().regex(/^[^/]+\/[^/]+$/),
  kind: z.literal('SparkApplication'),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().default('default') }),
  spec: z.looseObject({}),
});
export type Manifest = z.infer<typeof Manifest>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON merge patch (RFC 7386). */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** @throws ConfigError that names the file and the field. */
export function readManifest(path: string): Manifest {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${path}: ${messageOf(error)}`, {
      hint: 'Give the manifest of a SparkApplication.',
      cause: error,
    });
  }
  const parsed = Manifest.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(`${path}: ${issue?.path.join('.')}: ${issue?.message}`, {
    hint: 'Give the manifest of a SparkApplication.',
  });
}

/** The manifest of one run: a name of its own, never restarted, with what the variant changes. */
export function manifestOf(manifest: Manifest, workload: Workload, variant: Variant, name: string): Manifest {
  const { metadata, spec } = manifest;
  const roles = variant.nodeSelector && {
    driver: { nodeSelector: variant.nodeSelector },
    executor: { nodeSelector: variant.nodeSelector },
  };
  const kubeflow = manifest.apiVersion.startsWith('sparkoperator.k8s.io/');
  const own = mergePatch(spec, {
    ...(kubeflow && { restartPolicy: { type: 'Never' } }),
    sparkConf: { ...workload.conf, ...variant.conf },
    ...(variant.arguments.length && { arguments: variant.arguments }),
    ...(variant.image !== undefined && { image: variant.image }),
    ...roles,
  });
  const { resourceVersion: _version, uid: _uid, creationTimestamp: _created, ...kept } = metadata;
  const labels = { ...(isObject(kept.labels) ? kept.labels : {}), [LABEL]: workload.name };
  const made = { ...manifest, metadata: { ...kept, name, labels }, spec: own };
  const patched = mergePatch(made, variant.patch ?? {});
  return Manifest.parse(mergePatch(patched, { metadata: { name, namespace: metadata.namespace }, status: null }));
}
