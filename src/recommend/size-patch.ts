import { stringify } from 'yaml';
import { z } from 'zod';
import type { Patch, SizeChange } from '../model/finding.js';
import { formatCpuQuantity, formatMemoryQuantity } from '../model/quantity.js';
import { formatJvmMemory, parseSparkSpec, type SparkSpec, splitPodMemory } from './spark-memory.js';

/** The object a patch is for. `spec` is its JSON where the API has shown it. */
export interface PatchTarget {
  kind: string;
  namespace: string;
  name: string;
  spec: string | null;
  /** JSON of its labels: they tell the Helm release. */
  labels?: string;
}

const POD_TEMPLATE_KINDS: Record<string, { apiVersion: string; path: readonly string[] }> = {
  Deployment: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  StatefulSet: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  DaemonSet: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  ReplicaSet: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  CronJob: { apiVersion: 'batch/v1', path: ['spec', 'jobTemplate', 'spec', 'template', 'spec'] },
};

const SPARK_API_VERSION = 'sparkoperator.k8s.io/v1beta2';

function nested(path: readonly string[], value: unknown): Record<string, unknown> {
  const [head, ...rest] = path;
  return head === undefined ? {} : { [head]: rest.length > 0 ? nested(rest, value) : value };
}

function resourcesOf({ cpuCores, memoryBytes, keepMemoryLimit }: SizeChange): Record<string, unknown> {
  const cpu = cpuCores === undefined ? {} : { cpu: formatCpuQuantity(cpuCores) };
  const memory = memoryBytes === undefined ? {} : { memory: formatMemoryQuantity(memoryBytes) };
  const requests = { ...cpu, ...memory };
  // Memory: request = limit (DOMAIN section 3), unless a request is raised below its limit. A CPU limit is left as it is.
  return memoryBytes === undefined || keepMemoryLimit ? { requests } : { requests, limits: memory };
}

function kubernetesPatch(target: PatchTarget, changes: readonly SizeChange[]): Patch | undefined {
  const kind = POD_TEMPLATE_KINDS[target.kind];
  if (!kind) return undefined;
  const containers = changes.map((change) => ({ name: change.container, resources: resourcesOf(change) }));
  const content = stringify({
    apiVersion: kind.apiVersion,
    kind: target.kind,
    metadata: { name: target.name, namespace: target.namespace },
    ...nested(kind.path, { containers }),
  });
  return { format: 'kubernetes', target: `${target.kind} ${target.namespace}/${target.name}`, content };
}

function sparkFields(
  { role, cpuCores, memoryBytes }: SizeChange,
  spec: SparkSpec | undefined,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (cpuCores !== undefined) fields.coreRequest = formatCpuQuantity(cpuCores);
  if (memoryBytes !== undefined && role) {
    const memory = splitPodMemory(memoryBytes, role, spec);
    fields.memory = formatJvmMemory(memory.heapBytes);
    if (!memory.overheadByFactor) fields.memoryOverhead = formatJvmMemory(memory.overheadBytes);
  }
  return fields;
}

function sparkApplicationPatch(target: PatchTarget, changes: readonly SizeChange[], spec: SparkSpec): Patch {
  const roles = Object.fromEntries(
    changes.flatMap((change) => (change.role ? [[change.role, sparkFields(change, spec)]] : [])),
  );
  const content = stringify({
    apiVersion: SPARK_API_VERSION,
    kind: target.kind,
    metadata: { name: target.name, namespace: target.namespace },
    spec: target.kind === 'ScheduledSparkApplication' ? { template: roles } : roles,
  });
  return { format: 'spark-application', target: `${target.kind} ${target.namespace}/${target.name}`, content };
}

/** The same as Spark's own settings, for an application that no operator's resource describes. */
function sparkConfPatch(target: PatchTarget, changes: readonly SizeChange[], spec: SparkSpec | undefined): Patch {
  const lines = changes.flatMap((change) => {
    const { role, cpuCores, memoryBytes } = change;
    if (!role) return [];
    const memory = memoryBytes === undefined ? undefined : splitPodMemory(memoryBytes, role, spec);
    return [
      ...(cpuCores === undefined ? [] : [`spark.kubernetes.${role}.request.cores=${formatCpuQuantity(cpuCores)}`]),
      ...(memory ? [`spark.${role}.memory=${formatJvmMemory(memory.heapBytes)}`] : []),
      ...(memory && !memory.overheadByFactor
        ? [`spark.${role}.memoryOverhead=${formatJvmMemory(memory.overheadBytes)}`]
        : []),
    ];
  });
  return {
    format: 'spark-conf',
    target: `${target.kind} ${target.namespace}/${target.name}`,
    content: lines.join('\n'),
  };
}

const HelmLabels = z.object({
  'app.kubernetes.io/managed-by': z.literal('Helm').optional(),
  heritage: z.literal('Helm').optional(),
  'app.kubernetes.io/instance': z.string().optional(),
  release: z.string().optional(),
  'helm.sh/chart': z.string().optional(),
  chart: z.string().optional(),
});

/** The release that a workload belongs to, by the labels that charts give. */
function helmReleaseOf(labels: string | undefined): { release: string; chart: string | undefined } | undefined {
  const found = HelmLabels.safeParse(JSON.parse(labels ?? '{}')).data;
  const release = found?.['app.kubernetes.io/instance'] ?? found?.release;
  const byHelm = found?.['app.kubernetes.io/managed-by'] ?? found?.heritage;
  return release && byHelm ? { release, chart: found?.['helm.sh/chart'] ?? found?.chart } : undefined;
}

/** Values under the name that nearly every chart gives them; which component they belong to only the chart knows. */
function helmPatches(target: PatchTarget, changes: readonly SizeChange[]): Patch[] {
  const helm = helmReleaseOf(target.labels);
  if (!helm) return [];
  const of = helm.chart ? ` of chart ${helm.chart}` : '';
  return changes.map((change) => ({
    format: 'helm-values',
    target: helm.release,
    content: `# Release ${helm.release}${of}: ${target.kind} ${target.namespace}/${target.name}, container ${change.container}.
# Where the chart has several components these stand below the component's name.
${stringify({ resources: resourcesOf(change) })}`,
  }));
}

function isSpark(kind: string): boolean {
  return kind === 'SparkApplication' || kind === 'ScheduledSparkApplication';
}

/** Ready patches for a change of size; a line of text where the kind cannot be patched in place (bare pods, Jobs). */
export function sizePatches(target: PatchTarget, changes: readonly SizeChange[]): Patch[] {
  if (isSpark(target.kind)) {
    const spec = parseSparkSpec(target.spec);
    return [spec ? sparkApplicationPatch(target, changes, spec) : sparkConfPatch(target, changes, spec)];
  }
  const patch = kubernetesPatch(target, changes);
  if (patch) return [patch, ...helmPatches(target, changes)];
  const content = stringify({
    containers: changes.map((change) => ({ name: change.container, resources: resourcesOf(change) })),
  });
  return [
    { format: 'text', target: `the manifest that creates ${target.kind} ${target.namespace}/${target.name}`, content },
  ];
}
