import type { Price } from '../../pricing/price-book.js';
import { priceBook } from '../../pricing/price-book.js';
import { type Ec2Instance, ec2Instances } from '../../store/instances.js';
import { nodeRows } from '../../store/node-usage.js';
import { collectedSources } from '../../store/sources.js';
import { defineArtifact } from '../rule.js';

export interface AccountInstance extends Ec2Instance {
  /** What says that it belongs to a cluster; null: nothing does. */
  clusterSign: string | null;
  /** USD per hour while it runs; undefined: not known. */
  price: Price | undefined;
}

export interface AccountInstances {
  instances: AccountInstance[];
  /** Whether the nodes of a cluster were read, so that an instance that is none is known to be none. */
  nodesKnown: boolean;
  keepTag: { key: string; value: string };
}

/** Tags that EKS, kOps, Karpenter and the cloud providers set on machines of a cluster. */
const CLUSTER_TAG =
  /^(kubernetes\.io\/cluster\/|k8s\.io\/|eks:|aws:eks:|karpenter\.(sh|k8s\.aws)\/|alpha\.eksctl\.io\/)/i;

function clusterTag({ tags }: Ec2Instance): string | undefined {
  return Object.keys(tags).find((key) => CLUSTER_TAG.test(key) || key === 'KubernetesCluster');
}

function parseTag(text: string): { key: string; value: string } {
  const [key = '', ...rest] = text.split('=');
  return { key, value: rest.join('=') };
}

/** The account's instances, with which of them are nodes and what they cost. */
export const accountInstances = defineArtifact<AccountInstances>({
  id: 'account-instances',
  sources: ['aws-instances'],
  compute({ db, window, config, get }) {
    const book = get(priceBook);
    const clusterOf = new Map(
      nodeRows(db).flatMap((node) => (node.instanceId ? [[node.instanceId, node.cluster] as const] : [])),
    );
    const signOf = (instance: Ec2Instance): string | null => {
      const cluster = clusterOf.get(instance.id);
      if (cluster !== undefined) return `a node of cluster ${cluster}`;
      const tag = clusterTag(instance);
      return tag === undefined ? null : `tagged ${tag}`;
    };
    return {
      instances: ec2Instances(db)
        .filter(({ state }) => state !== 'terminated')
        .map((instance) => ({
          ...instance,
          clusterSign: signOf(instance),
          price: book.instanceHour(instance, window),
        })),
      nodesKnown: collectedSources(db).has('kubernetes'),
      keepTag: parseTag(config.aws.keepTag),
    };
  },
});
