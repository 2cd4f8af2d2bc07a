import { z } from 'zod';
import type { Config } from '../../config/schema.js';
import { SourceError } from '../../model/errors.js';
import { connect as connectKubernetes } from '../kubernetes/client.js';
import { CONTAINER_COUNTS } from './queries.js';
import { isRecord } from './schema.js';
import { transportTo } from './transport.js';

/** A server that speaks Prometheus' API, and where in the cluster it is. */
export interface Found {
  url: string;
  /** `Thanos`, `Prometheus`, … */
  kind: string;
}

const Service = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).nullish(),
  }),
  spec: z
    .object({
      type: z.string().nullish(),
      ports: z
        .array(z.object({ name: z.string().nullish(), port: z.number(), protocol: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});
type Service = z.infer<typeof Service>;

interface ServiceKind {
  kind: string;
  /** Labels as operators and charts set them; one of the lists, all of it. */
  labels: readonly Readonly<Record<string, string>>[];
  name: RegExp;
  /** Ports that speak the API, the likeliest first; by number, as charts differ in their names. */
  ports: readonly number[];
  /** Where below the address the API begins. */
  path: string;
}

const NAME = 'app.kubernetes.io/name';
const COMPONENT = 'app.kubernetes.io/component';
/**
 * What can be behind a Service, in the order of preference: what keeps history for long, then Prometheus itself.
 * Labels and ports of the projects' own operators and charts.
 */
const KINDS: readonly ServiceKind[] = [
  {
    kind: 'Thanos',
    labels: [
      { [NAME]: 'thanos', [COMPONENT]: 'query' },
      { [NAME]: 'thanos-query' },
      { [NAME]: 'thanos-querier' },
      { app: 'thanos-query' },
    ],
    name: /(^|-)thanos-quer(y|ier)$/,
    ports: [9090, 10902, 10904, 80],
    path: '',
  },
  {
    kind: 'Mimir',
    labels: [
      { [NAME]: 'mimir', [COMPONENT]: 'gateway' },
      { [NAME]: 'mimir', [COMPONENT]: 'nginx' },
      { [NAME]: 'mimir', [COMPONENT]: 'query-frontend' },
    ],
    name: /(^|-)mimir-(gateway|nginx|query-frontend)$/,
    ports: [80, 8080],
    path: '/prometheus',
  },
  {
    kind: 'VictoriaMetrics',
    labels: [{ [NAME]: 'vmselect' }, { app: 'vmselect' }],
    name: /(^|-)vmselect(-|$)/,
    ports: [8481],
    path: '/select/0/prometheus',
  },
  {
    kind: 'VictoriaMetrics',
    labels: [{ [NAME]: 'vmsingle' }, { [NAME]: 'victoria-metrics-single' }],
    name: /(^|-)(vmsingle|victoria-metrics-single)(-|$)/,
    ports: [8428, 8429],
    path: '',
  },
  {
    kind: 'Prometheus',
    labels: [
      { 'operated-prometheus': 'true' },
      { [NAME]: 'prometheus', [COMPONENT]: 'prometheus' },
      { [NAME]: 'prometheus', [COMPONENT]: 'server' },
      { app: 'prometheus', component: 'server' },
      { app: 'kube-prometheus-stack-prometheus' },
      { app: 'rancher-monitoring-prometheus' },
    ],
    name: /(^|-)prometheus(-server|-k8s|-operated)?$/,
    ports: [9090, 80],
    path: '',
  },
];

/** Where Prometheus is in most clusters, for readers that may not list Services. Tried in this order. */
const USUAL_URLS = [
  'http://prometheus-operated.monitoring:9090',
  'http://prometheus-k8s.monitoring:9090',
  'http://prometheus-server.monitoring',
  'http://kube-prometheus-stack-prometheus.monitoring:9090',
  'http://prometheus.monitoring:9090',
  'http://prometheus-server.prometheus',
  'http://prometheus-operated.prometheus:9090',
] as const;
/** Services that are tried at most: each that does not answer takes its time. */
const MOST_TRIED = 20;
const PROBE_TIMEOUT_MS = 3_000;

function kindOf({ metadata }: Service): ServiceKind | undefined {
  const labels = metadata.labels ?? {};
  const isLabelled = (wanted: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([name, value]) => labels[name] === value);
  return KINDS.find((kind) => kind.labels.some(isLabelled)) ?? KINDS.find((kind) => kind.name.test(metadata.name));
}

/** Where the API of a Service is, if it looks like one that has it. */
export function candidateOf(raw: unknown): (Found & { rank: number }) | undefined {
  const service = Service.safeParse(raw).data;
  const kind = service && kindOf(service);
  if (!kind || service.spec?.type === 'ExternalName') return undefined;
  const open = (service.spec?.ports ?? []).map(({ port }) => port);
  const port = kind.ports.find((one) => open.includes(one));
  if (port === undefined) return undefined;
  const { name, namespace } = service.metadata;
  const url = `http://${name}.${namespace}.svc${port === 80 ? '' : `:${port}`}${kind.path}`;
  return { url, kind: kind.kind, rank: KINDS.indexOf(kind) };
}

/** Services of the cluster that may speak the API, the likeliest first; undefined where they may not be listed. */
async function candidates(config: Config): Promise<Found[] | undefined> {
  try {
    const client = await connectKubernetes(config);
    const { namespaces } = config.kubernetes;
    const found: (Found & { rank: number })[] = [];
    for (const namespace of namespaces.length > 0 ? namespaces : [undefined]) {
      let from = '';
      do {
        const page = await client.list('services', namespace, from);
        found.push(...page.items.map(candidateOf).filter((one) => one !== undefined));
        from = page.next;
      } while (from !== '');
    }
    return found.sort((a, b) => a.rank - b.rank || (a.url < b.url ? -1 : 1)).slice(0, MOST_TRIED);
  } catch {
    // What is wrong with the API is for its own collector to say.
    return undefined;
  }
}

/** How many containers the server measures now; undefined if it does not answer as Prometheus would. */
async function containersAt(config: Config, url: string): Promise<number | undefined> {
  try {
    const { driver } = await transportTo(config, url, { timeoutMs: PROBE_TIMEOUT_MS });
    const answer: unknown = await driver.instantQuery(CONTAINER_COUNTS[0]);
    const first: unknown = isRecord(answer) && Array.isArray(answer.result) ? answer.result[0] : undefined;
    const value = isRecord(first) && isRecord(first.value) ? first.value.value : 0;
    return typeof value === 'number' ? value : 0;
  } catch {
    return undefined;
  }
}

/**
 * The server that measures containers, of those that the Services of the cluster name: the first kind in the order above,
 * else the first that answers at all.
 * @throws SourceError if none answers.
 */
export async function discover(config: Config): Promise<Found> {
  if (config.prometheus.tokenFile)
    throw new SourceError('prometheus', 'discover', 'a token goes to no address that is not named', {
      hint: 'Set SPARKFIT_PROMETHEUS_URL, or take prometheus.tokenFile away.',
    });
  const listed = await candidates(config);
  const all = listed ?? USUAL_URLS.map((url) => ({ url, kind: 'Prometheus' }));
  const measured = await Promise.all(all.map(({ url }) => containersAt(config, url)));
  const found = all.find((_, i) => (measured[i] ?? 0) > 0) ?? all.find((_, i) => measured[i] !== undefined);
  if (found) return { url: found.url, kind: found.kind };
  const tried =
    all.length > 0
      ? `none of ${all.map(({ url }) => url).join(', ')} answers`
      : 'no Service of the cluster is Prometheus, Thanos, Mimir or VictoriaMetrics';
  throw new SourceError('prometheus', 'discover', listed ? tried : `Services may not be listed, and ${tried}`, {
    hint: 'Set SPARKFIT_PROMETHEUS_URL to the base URL of Prometheus.',
  });
}
