import type { OwnerRef } from '../owners.js';
import type { KubernetesClient } from './client.js';
import type { Lister } from './lister.js';
import { ownerRefOf } from './pods.js';
import * as schema from './schema.js';
import { parsed, type Steps } from './steps.js';

/** A Knative service below KServe is four kinds deep; a TrainJob's pods two. */
const MOST_STEPS = 8;

type Kind = Required<Pick<OwnerRef, 'apiVersion' | 'kind'>>;

/** The kinds at which the way up of waiting pods ends. */
function unlistedKinds({ waiting, owners }: Steps): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const { facts } of waiting) {
    const { apiVersion, kind } = owners.unlistedOwner(facts) ?? {};
    if (apiVersion && kind) kinds.set(`${apiVersion}/${kind}`, { apiVersion, kind });
  }
  return kinds;
}

function noteOwners(steps: Steps, kind: string, items: unknown[]): void {
  for (const { metadata } of parsed(steps, schema.Anything, items, `a ${kind}`))
    steps.owners.setOwner(kind, metadata.namespace ?? '', metadata.name, ownerRefOf(metadata), metadata.uid);
}

/**
 * Lists the kinds that own pods and that nobody knew beforehand (TrainJob, JobSet, RayCluster, InferenceService, a Knative
 * Revision, Argo's Rollout, …), found by API discovery, up to the top. What cannot be listed stays the top by its own name.
 */
export async function lookUpOwners(client: KubernetesClient, lister: Lister, steps: Steps): Promise<void> {
  const asked = new Set<string>();
  for (let step = 0; step < MOST_STEPS; step++) {
    const kinds = [...unlistedKinds(steps)].filter(([key]) => !asked.has(key));
    if (kinds.length === 0) return;
    for (const [key, { apiVersion, kind }] of kinds) {
      asked.add(key);
      const resource = await client.resourceOf(apiVersion ?? '', kind);
      if (resource) await lister.each(resource, (items) => noteOwners(steps, kind, items));
    }
  }
}
