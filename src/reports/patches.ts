import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Report, ReportFinding, SparkResource } from '../model/report.js';
import { sparkSettings } from '../model/spark-settings.js';

/** Kinds that a finding advises to create: they stand beside what there is and change nothing of it. */
const NEW_KINDS: ReadonlySet<string> = new Set([
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'PodDisruptionBudget',
  'NetworkPolicy',
  'VolumeSnapshot',
  'LimitRange',
]);
const FOLDER = 'patches';

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
type Manifest = z.infer<typeof Manifest>;

/** All that the findings change of one object. */
interface ObjectChange {
  manifest: Manifest;
  isNew: boolean;
  because: string[];
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is Json[] {
  return Array.isArray(value) && value.every((item) => isObject(item) && typeof item.name === 'string');
}

/** Both changes; where they differ the first stands. Lists of named things (containers, variables) merge by name. */
function merged(first: unknown, second: unknown): unknown {
  if (isNamedList(first) && isNamedList(second)) {
    const others = second.filter((item) => !first.some(({ name }) => name === item.name));
    return [...first.map((item) => merged(item, second.find(({ name }) => name === item.name) ?? {})), ...others];
  }
  if (!isObject(first) || !isObject(second)) return first;
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      key in first && key in second ? merged(first[key], second[key]) : (first[key] ?? second[key]),
    ]),
  );
}

function manifestOf(content: string): Manifest | undefined {
  try {
    return Manifest.safeParse(parse(content)).data;
  } catch {
    return undefined;
  }
}

function isTold({ state, lifecycle }: ReportFinding): boolean {
  return state === 'finding' && !lifecycle?.muted;
}

function familyKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

type Resources = ReadonlyMap<string, SparkResource>;

/** The operators' resources by family; undefined where it is not known which families have one. */
function resourcesOf({ sparkResources }: Report): Resources | undefined {
  return sparkResources && new Map(sparkResources.map((one) => [familyKey(one.namespace, one.name), one]));
}

/** Whether there is an operator's resource to change; what is not known is left to who reads the patch. */
function isThere({ metadata: { namespace, name } }: Manifest, resources: Resources | undefined): boolean {
  return resources?.has(familyKey(namespace, name)) ?? true;
}

/** Spark's settings as a change of the resource that describes the family; undefined where something is to be filled in. */
function settingsManifest({ apiVersion, kind, ...metadata }: SparkResource, content: string): Manifest | undefined {
  const sparkConf = sparkSettings(content);
  if (Object.keys(sparkConf).length === 0 || Object.values(sparkConf).some((value) => /^<.*>$/.test(value)))
    return undefined;
  const spec = kind === 'ScheduledSparkApplication' ? { template: { sparkConf } } : { sparkConf };
  return { apiVersion, kind, metadata, spec };
}

/** The objects that a finding changes; its Spark settings among them where the family has an operator's resource. */
function manifestsOf({ recommendation, subject }: ReportFinding, resources: Resources | undefined): Manifest[] {
  const patches = recommendation?.patches ?? [];
  const hasOwn = patches.some(({ format }) => format === 'spark-application');
  const resource = resources?.get(familyKey(subject.namespace, subject.name));
  return patches
    .map(({ format, content }) => {
      if (format === 'kubernetes') return manifestOf(content);
      if (format === 'spark-conf') return resource && !hasOwn ? settingsManifest(resource, content) : undefined;
      const manifest = format === 'spark-application' ? manifestOf(content) : undefined;
      return manifest && isThere(manifest, resources) ? manifest : undefined;
    })
    .filter((manifest) => manifest !== undefined);
}

function changesOf(report: Report): ObjectChange[] {
  const changes = new Map<string, ObjectChange>();
  const resources = resourcesOf(report);
  for (const finding of report.findings.filter(isTold))
    for (const manifest of manifestsOf(finding, resources)) {
      const { kind, metadata } = manifest;
      const key = `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
      const known = changes.get(key);
      const whole = Manifest.parse(known ? merged(known.manifest, manifest) : manifest);
      const because = [...(known?.because ?? []), `${finding.rule} ${finding.fingerprint}`];
      changes.set(key, { manifest: whole, isNew: NEW_KINDS.has(kind) && finding.subject.kind !== kind, because });
    }
  return [...changes.values()];
}

/** Names come from the cluster: as part of a path they must stay one. */
function safe(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '_');
}

function pathOf({ manifest: { kind, metadata }, isNew }: ObjectChange): string {
  const place = safe(metadata.namespace ?? 'cluster');
  return `${isNew ? 'new' : 'changes'}/${place}/${safe(kind.toLowerCase())}-${safe(metadata.name)}.yaml`;
}

function kustomization(changes: readonly ObjectChange[]): string {
  const overlay = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: changes.filter(({ isNew }) => isNew).map(pathOf),
    patches: changes
      .filter(({ isNew }) => !isNew)
      .map((change) => {
        const { kind, metadata } = change.manifest;
        return { path: pathOf(change), target: { kind, ...metadata } };
      }),
  };
  return `# Everything that sparkfit advises, as an overlay: add your own base under resources, take out what you do not want.
# A change alone: kubectl patch <kind> <name> -n <namespace> --patch-file <file> (--type merge for custom resources).
${stringify(overlay)}`;
}

/** Helm values of findings, by the file they belong in. */
function* helmValues(report: Report): Generator<[string, string]> {
  for (const { recommendation, rule, fingerprint } of report.findings.filter(isTold))
    for (const { format, target, content } of recommendation?.patches ?? [])
      if (format === 'helm-values') yield [`helm/${safe(target)}.yaml`, `# ${rule} ${fingerprint}\n${content}`];
}

/** Spark's settings of families without an operator's resource: each key once, the first finding's stands. */
function* sparkDefaults(report: Report): Generator<[string, string]> {
  const resources = resourcesOf(report);
  const told = new Set<string>();
  for (const { recommendation, subject, rule, fingerprint } of report.findings.filter(isTold)) {
    const path = `spark-defaults/${safe(subject.namespace ?? 'cluster')}/${safe(subject.name)}.conf`;
    const patches = recommendation?.patches ?? [];
    const resource = resources?.get(familyKey(subject.namespace, subject.name));
    const hasOwn = patches.some(({ format }) => format === 'spark-application');
    for (const { content } of patches.filter(({ format }) => format === 'spark-conf')) {
      if (resource && (hasOwn || settingsManifest(resource, content))) continue;
      const lines = Object.entries(sparkSettings(content))
        .filter(([key]) => !told.has(`${path} ${key}`))
        .map(([key, value]) => {
          told.add(`${path} ${key}`);
          return `${key}=${value}\n`;
        });
      yield [path, `# ${rule} ${fingerprint}\n${lines.join('')}`];
    }
  }
}

/** A folder of patches: a kustomize overlay with a file per object, Helm values and Spark settings. */
export function patchFiles(report: Report): ReadonlyMap<string, string> {
  const changes = changesOf(report);
  const files = new Map([[`${FOLDER}/kustomization.yaml`, kustomization(changes)]]);
  for (const change of changes) {
    const because = change.because.map((line) => `# ${line}\n`).join('');
    files.set(`${FOLDER}/${pathOf(change)}`, `${because}${stringify(change.manifest)}`);
  }
  for (const [path, content] of [...helmValues(report), ...sparkDefaults(report)])
    files.set(`${FOLDER}/${path}`, (files.get(`${FOLDER}/${path}`) ?? '') + content);
  return files;
}

/** All objects in one stream, for `kubectl`. */
export function renderPatches(report: Report): string {
  return changesOf(report)
    .map(({ manifest }) => stringify(manifest))
    .join('---\n');
}
