import { SourceError } from '../../model/errors.js';
import { HOUR_MS, hourOf, SECOND_MS, type Window } from '../../model/window.js';
import { runningPodUids } from '../../store/kubernetes.js';
import type { CollectInput } from '../collector.js';
import type { PrometheusClient } from './client.js';
import type { Labels } from './schema.js';

/**
 * External labels by which Prometheus servers, and agents that write to Mimir or VictoriaMetrics, say whose series they
 * hold; `__tenant_id__` is what Mimir adds where several tenants are asked at once.
 */
const CLUSTER_LABELS = [
  ...['cluster', 'cluster_name', 'cluster_id', 'k8s_cluster', 'k8s_cluster_name', 'k8s_cluster_id'],
  ...['kubernetes_cluster', 'kube_cluster', 'eks_cluster', '__tenant_id__'],
] as const;
const BY = CLUSTER_LABELS.join(', ');
const CONTAINERS = 'container_memory_working_set_bytes{container!="",container!="POD",pod!=""}';
/** Looks into the window: a cluster may have come or gone in it. */
const LOOKS = 24;
/** Pods that are asked for: a few suffice, and a query stays short. */
const ASKED_PODS = 20;
const SHOWN_VALUES = 5;

/** Clusters that share one server: label by label, the values that it has. Only labels with several. */
export type SharedBy = ReadonlyMap<string, ReadonlySet<string>>;

function valuesOf(series: readonly { labels: Labels }[], label: string): Set<string> {
  return new Set(series.map(({ labels }) => labels[label] ?? '').filter((value) => value !== ''));
}

/**
 * The labels that tell several clusters apart on a server, over a window; empty where it holds one. A series without the
 * label stands beside those of one value as the same cluster: a server does not give itself its external labels.
 */
export async function sharedBy(client: PrometheusClient, { sinceMs, untilMs }: Window): Promise<SharedBy> {
  const hours = Math.max(1, Math.ceil((untilMs - sinceMs) / HOUR_MS / LOOKS));
  const range = {
    startMs: Math.min(hourOf(sinceMs) + HOUR_MS, untilMs),
    endMs: untilMs,
    stepSeconds: hours * (HOUR_MS / SECOND_MS),
  };
  const series = await client.range('clusters', `count by (${BY}) (${CONTAINERS})`, range);
  const values = CLUSTER_LABELS.map((label) => [label, valuesOf(series, label)] as const);
  return new Map(values.filter(([, found]) => found.size > 1));
}

function matcher(label: string, value: string): string {
  return `${label}=${JSON.stringify(value)}`;
}

/** `cluster="a", cluster="b"`, as a selector would name them. */
export function described(shared: SharedBy): string {
  const all = [...shared].flatMap(([label, values]) => [...values].sort().map((value) => matcher(label, value)));
  return all.length > SHOWN_VALUES
    ? `${all.slice(0, SHOWN_VALUES).join(', ')} and ${all.length - SHOWN_VALUES} more`
    : all.join(', ');
}

/** The selector of the cluster whose pods the API server shows; undefined unless exactly one has them. */
async function ownSelector(client: PrometheusClient, shared: SharedBy, uids: readonly string[], timeMs: number) {
  if (uids.length === 0) return undefined;
  const labels = [...shared.keys()];
  // A uid is unique over all clusters, as a name is not.
  const pods = `kube_pod_info{uid=~"${uids.join('|')}"}`;
  const query = `count by (${labels.join(', ')}) (last_over_time(${pods}[1h]))`;
  const found = await client.instant('own cluster', query, timeMs);
  const [own, ...others] = found;
  if (!own || others.length > 0) return undefined;
  const matchers = labels.map((label) => ({ label, value: own.labels[label] ?? '' }));
  return matchers.every(({ label, value }) => shared.get(label)?.has(value))
    ? matchers.map(({ label, value }) => matcher(label, value)).join(',')
    : undefined;
}

/**
 * What every query has to select by so that it sees one cluster only: nothing where the server holds one, else what tells
 * apart the cluster whose pods the API server shows.
 * @throws SourceError where it holds several and it cannot be told which one is meant: their pods are never mixed.
 */
export async function clusterSelector(client: PrometheusClient, input: CollectInput, window: Window): Promise<string> {
  const shared = await sharedBy(client, window);
  if (shared.size === 0) return '';
  const uids = runningPodUids(input.store.db, input.cluster, ASKED_PODS);
  const own = await ownSelector(client, shared, uids, window.untilMs);
  if (own !== undefined) return own;
  const why =
    uids.length > 0
      ? 'the pods of the Kubernetes API are in none of them, or in several'
      : 'no pods of a Kubernetes API tell which one is meant';
  const [example = ''] = described(shared).split(', ');
  throw new SourceError(
    'prometheus',
    'choose the cluster',
    `${client.url} holds several clusters (${described(shared)}), and ${why}`,
    {
      hint: `Set prometheus.selector (SPARKFIT_PROMETHEUS_SELECTOR) to the one that is meant, such as ${example}.`,
    },
  );
}
