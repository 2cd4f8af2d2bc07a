import { SourceError } from '../../model/errors.js';
import type { Gap } from '../../model/sources.js';
import type { CollectInput } from '../collector.js';
import { type KubernetesClient, ListError } from './client.js';
import { ownNamespace } from './kubeconfig.js';
import { isNamespaced, type Listed, nameOf } from './requests.js';

/** A list whose continue token expires again and again is given up after so many beginnings. */
const MAX_BEGINNINGS = 5;

/** Which answers are lost where a list is forbidden. */
const LOST: Readonly<Record<string, string>> = {
  nodes: 'costs per node, zones and capacity types',
  pods: 'what runs now; only the history of metrics is left',
  events: 'what executors waited for',
  replicasets: 'which Deployment a pod belongs to',
  jobs: 'which CronJob a pod belongs to',
  persistentvolumes: 'volumes without a claim',
  persistentvolumeclaims: 'volumes that nothing mounts',
  sparkapplications: 'Spark applications and their settings',
  scheduledsparkapplications: 'the schedules of Spark applications',
  namespaces: 'namespaces without a network policy',
  services: 'which single replica serves others',
  serviceaccounts: 'which account mounts a token',
  resourcequotas: 'how full quotas are',
  limitranges: 'defaults that oversize containers',
  horizontalpodautoscalers: 'autoscalers at their bounds',
  poddisruptionbudgets: 'workloads that no budget protects',
  networkpolicies: 'namespaces without a network policy',
  clusterroles: 'rights that are too wide',
  clusterrolebindings: 'rights that are too wide',
  roles: 'rights that are too wide',
  rolebindings: 'rights that are too wide',
  volumesnapshots: 'volumes without a snapshot',
  vulnerabilityreports: 'images with critical findings',
  'pods.metrics.k8s.io': 'what is used, for want of Prometheus',
};

export interface Lister {
  /** Hands on each page as it comes; gives whether the whole list was read. */
  each(resource: Listed, onPage: (items: unknown[]) => void): Promise<boolean>;
  gaps: Gap[];
  /** How many lists were read at least in part. */
  read: number;
}

/** Lists whole kinds page by page: a token that expired (410) restarts the list, a forbidden kind is a gap. */
export function makeLister(client: KubernetesClient, input: CollectInput): Lister {
  const { config, signal, window } = input;
  const lister: Lister = { each, gaps: [], read: 0 };

  function gap(why: string): void {
    lister.gaps.push({ sinceMs: window.sinceMs, untilMs: window.untilMs, why });
  }

  function checkSignal(): void {
    if (signal.aborted)
      throw new SourceError('kubernetes', 'collect', 'stopped before the end', {
        hint: 'Run the same command again to go on.',
      });
  }

  async function pages(resource: Listed, namespace: string | undefined, onPage: (items: unknown[]) => void) {
    for (let beginning = 1; ; beginning++) {
      try {
        let from = '';
        do {
          checkSignal();
          const page = await client.list(resource, namespace, from);
          onPage(page.items);
          from = page.next;
        } while (from !== '');
        return;
      } catch (error) {
        const expired = error instanceof ListError && error.failure === 'expired';
        if (!expired || beginning >= MAX_BEGINNINGS) throw error;
      }
    }
  }

  /** Undefined: this place has no such kind. */
  async function readPlace(resource: Listed, namespace: string | undefined, onPage: (items: unknown[]) => void) {
    try {
      await pages(resource, namespace, onPage);
      lister.read += 1;
      return 'read' as const;
    } catch (error) {
      if (!(error instanceof ListError)) throw error;
      if (error.failure === 'not-found') return 'none' as const;
      if (error.failure === 'forbidden') return 'forbidden' as const;
      throw new SourceError(
        'kubernetes',
        `list ${nameOf(resource)}`,
        'the list expired again and again while it was read',
        {
          hint: 'Raise kubernetes.pageSize, or try again when the cluster is calmer.',
          retryable: true,
        },
      );
    }
  }

  function forbidden(resource: Listed, where: string): void {
    const name = nameOf(resource);
    const lost = LOST[name];
    if (typeof resource === 'string' || lost)
      gap(`forbidden: list ${name} ${where}${lost ? ` (lost: ${lost})` : ''}; deploy/rbac.yaml allows it`);
    else gap(`forbidden: list ${name} ${where} (lost: who owns them); allow it beside what deploy/rbac.yaml allows`);
  }

  async function each(resource: Listed, onPage: (items: unknown[]) => void): Promise<boolean> {
    const { namespaces } = config.kubernetes;
    if (!isNamespaced(resource) || namespaces.length === 0) {
      const outcome = await readPlace(resource, undefined, onPage);
      if (outcome !== 'forbidden') return true;
      const own = isNamespaced(resource) ? ownNamespace(config) : undefined;
      const inOwn = own !== undefined && (await readPlace(resource, own, onPage)) === 'read';
      forbidden(resource, inOwn ? `in all namespaces, so only ${own} was read` : 'in the cluster');
      return false;
    }
    let whole = true;
    for (const namespace of namespaces) {
      if ((await readPlace(resource, namespace, onPage)) !== 'forbidden') continue;
      forbidden(resource, `in namespace ${namespace}`);
      whole = false;
    }
    return whole;
  }

  return lister;
}
