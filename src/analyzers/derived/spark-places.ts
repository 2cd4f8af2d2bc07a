import { stringify } from 'yaml';
import { z } from 'zod';
import type { Subject } from '../../model/finding.js';
import { HOUR_MS } from '../../model/window.js';
import { lifecycleOf } from '../../pricing/node-hours.js';
import { SPARK_API_VERSION } from '../../recommend/posture-patch.js';
import { type NodeRow, nodeRows } from '../../store/node-usage.js';
import { type FamilyRow, familyRows, loggedConf, nodeLabels, type RunPodRow, runPods } from '../../store/schedules.js';
import { type ArtifactInput, defineArtifact } from '../rule.js';

/** A driver or executor pod and the node it ran on, as far as that is known. */
export interface PlacedPod extends RunPodRow {
  hours: number;
  on: NodeRow | undefined;
  lifecycle: 'on-demand' | 'spot' | undefined;
}

/** Where the pods of a Spark family ran, and what its settings are. */
export interface SparkPlaces {
  workloadId: number;
  subject: Subject;
  /** `SparkApplication analytics/sessionize`. */
  target: string;
  scheduled: boolean;
  /** Null where the object was not read. */
  restartPolicy: string | null;
  runs: number;
  /** By start. */
  drivers: PlacedPod[];
  executors: PlacedPod[];
  /** The operator's object over the newest event log; null where neither was read. */
  conf: Readonly<Record<string, string>> | null;
  confFrom: string;
  /** Whether the object holds the driver to nodes that are not spot. */
  driverPinned: boolean;
  clientMode: boolean;
  /** Label of the cluster's on-demand nodes, for a node selector. */
  onDemandLabel: { key: string; value: string };
}

const Selector = z.record(z.string(), z.string()).nullish();
const Application = z.object({
  mode: z.string().nullish(),
  sparkConf: z.record(z.string(), z.unknown()).nullish(),
  restartPolicy: z.object({ type: z.string().nullish() }).nullish(),
  nodeSelector: Selector,
  driver: z.object({ nodeSelector: Selector }).nullish(),
});
const Scheduled = z.object({ template: Application });
type Application = z.infer<typeof Application>;

function specOf({ kind, spec }: FamilyRow): Application | undefined {
  if (spec === null) return undefined;
  const raw: unknown = JSON.parse(spec);
  return kind === 'ScheduledSparkApplication'
    ? Scheduled.safeParse(raw).data?.template
    : Application.safeParse(raw).data;
}

/** Labels that say how a node is bought, the commonest first. */
const CAPACITY_KEYS = ['karpenter.sh/capacity-type', 'eks.amazonaws.com/capacityType', 'node.kubernetes.io/lifecycle'];
const KARPENTER = { key: 'karpenter.sh/capacity-type', value: 'on-demand' };

function onDemandLabel(db: ArtifactInput['db'], cluster: string): { key: string; value: string } {
  for (const labels of nodeLabels(db, cluster, 'on-demand'))
    for (const key of CAPACITY_KEYS) if (labels[key]) return { key, value: labels[key] };
  return KARPENTER;
}

/** `on-demand`, `ON_DEMAND`, `normal`: any word of a capacity label that is not spot. */
function isPinned(spec: Application | undefined, conf: Readonly<Record<string, string>>): boolean {
  const wanted = { ...spec?.nodeSelector, ...spec?.driver?.nodeSelector };
  return CAPACITY_KEYS.some((key) => {
    const word =
      wanted[key] ??
      conf[`spark.kubernetes.driver.node.selector.${key}`] ??
      conf[`spark.kubernetes.node.selector.${key}`];
    return word !== undefined && !/spot/i.test(word);
  });
}

function confOf(db: ArtifactInput['db'], row: FamilyRow, spec: Application | undefined) {
  const logged = loggedConf(db, row.id);
  const own = Object.fromEntries(Object.entries(spec?.sparkConf ?? {}).map(([key, value]) => [key, String(value)]));
  if (!spec && !logged) return { conf: null, confFrom: 'nothing' };
  const from = [...(spec ? ['the spec'] : []), ...(logged ? ['the newest event log'] : [])];
  return { conf: { ...logged, ...own }, confFrom: from.join(' and ') };
}

function placesOf({ db, window }: ArtifactInput, row: FamilyRow, nodes: ReadonlyMap<string, NodeRow>): SparkPlaces {
  const { id, cluster, namespace, kind, name } = row;
  const pods = runPods(db, id, window)
    .map((pod): PlacedPod => {
      const on = pod.node ? nodes.get(`${cluster}|${pod.node}`) : undefined;
      return { ...pod, on, lifecycle: on && lifecycleOf(on), hours: Math.max(0, pod.endMs - pod.startMs) / HOUR_MS };
    })
    .sort((a, b) => a.startMs - b.startMs);
  const spec = specOf(row);
  const conf = confOf(db, row, spec);
  return {
    workloadId: id,
    subject: { kind, cluster, namespace, name },
    target: `${kind} ${namespace}/${name}`,
    scheduled: kind === 'ScheduledSparkApplication',
    restartPolicy: spec ? (spec.restartPolicy?.type ?? 'Never') : null,
    runs: new Set(pods.map(({ run }) => run)).size,
    drivers: pods.filter(({ role }) => role === 'driver'),
    executors: pods.filter(({ role }) => role === 'executor'),
    ...conf,
    driverPinned: isPinned(spec, conf.conf ?? {}),
    clientMode: spec?.mode === 'client' || conf.conf?.['spark.submit.deployMode'] === 'client',
    onDemandLabel: onDemandLabel(db, cluster),
  };
}

/** Spark families with pods in the window. */
export const sparkPlaces = defineArtifact<SparkPlaces[]>({
  id: 'spark-places',
  sources: ['kubernetes'],
  compute(input) {
    const nodes = new Map(nodeRows(input.db).map((node) => [`${node.cluster}|${node.name}`, node]));
    return familyRows(input.db, input.window).map((row) => placesOf(input, row, nodes));
  },
});

/** A patch of the application itself, which a schedule keeps in its template. */
export function applicationYaml({ scheduled, subject }: SparkPlaces, lines: readonly string[]): string {
  const indent = scheduled ? '    ' : '  ';
  const { kind, namespace, name } = subject;
  const head = stringify({
    apiVersion: SPARK_API_VERSION,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
  });
  return `${head}spec:\n${scheduled ? '  template:\n' : ''}${lines.map((line) => `${indent}${line}\n`).join('')}`;
}
