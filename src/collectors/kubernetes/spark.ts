import { REDACTED } from '../../model/posture.js';
import type { RunRecord } from '../../store/kubernetes.js';
import type { ScheduledSparkApplication, SparkApplication } from './schema.js';

export { REDACTED };

/** Spark's own `spark.redaction.regex`, with the words that clouds use. */
const SECRET_KEY = /secret|password|passwd|token|access[._-]?key|api[._-]?key|credential|passphrase|private[._-]?key/i;
/** Keys that only say where a secret is: a Secret's name, a mount path, a class that fetches it. */
const REFERENCE_KEY =
  /secretKeyRef|kubernetes\.(driver|executor)\.secrets\.|tokenSecret\.|[.-](name|file|path|provider|enabled|class|ttl|interval|renewal)$/i;
/** Switches, numbers, and references such as `${env:KEY}`. */
const HARMLESS_VALUE = /^(|true|false|\d+[a-z]*|\$[({][^)}]*[)}])$/i;
/** `-Dstore.password=x`, `--api-key=x`, `token=x` within a longer text. */
const INLINE_SECRET =
  /((?:^|[\s,;?&])-{0,2}[\w.-]*(?:secret|password|passwd|token|access[._-]?key|api[._-]?key|credential|passphrase)[\w.-]*=)("[^"]*"|'[^']*'|[^\s,;&]+)/gi;
const URL_PASSWORD = /(\/\/[^/\s:@]+:)[^/\s@]+@/g;
const SECRET_OPTION = /^--?[\w.-]*(?:secret|password|passwd|token|access[._-]?key|api[._-]?key|credential)[\w.-]*$/i;

/** What a patch, a sizing or a rule names; nothing else of the spec is kept. */
const SPEC_KEYS = new Set([
  'type',
  'mode',
  'sparkVersion',
  'image',
  'mainClass',
  'mainApplicationFile',
  'restartPolicy',
  'timeToLiveSeconds',
  'sparkConf',
  'hadoopConf',
  'arguments',
  'dynamicAllocation',
  'nodeSelector',
  'driver',
  'executor',
  'memoryOverheadFactor',
  'batchScheduler',
  'suspend',
  'runtimeVersions',
  'applicationTolerations',
  'driverArgs',
  'jars',
  'pyFiles',
]);
const ROLE_KEYS = new Set([
  'cores',
  'coreRequest',
  'coreLimit',
  'memory',
  'memoryOverhead',
  'memoryLimit',
  'gpu',
  'instances',
  'javaOptions',
  'image',
  'nodeSelector',
  'tolerations',
  'serviceAccount',
  'labels',
  'deleteOnTermination',
  'terminationGracePeriodSeconds',
  'priorityClassName',
]);

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function redactText(text: string): string {
  return text.replaceAll(INLINE_SECRET, `$1${REDACTED}`).replaceAll(URL_PASSWORD, `$1${REDACTED}@`);
}

function redactValue(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (SECRET_KEY.test(key) && !REFERENCE_KEY.test(key) && !HARMLESS_VALUE.test(value)) return REDACTED;
  return redactText(value);
}

/** A list of arguments: `--password=x` and `--password x`. */
function redactList(list: readonly unknown[]): unknown[] {
  return list.map((value, i) => {
    const before = list[i - 1];
    if (typeof before === 'string' && SECRET_OPTION.test(before)) return REDACTED;
    return typeof value === 'string' ? redactText(value) : redact(value);
  });
}

/** The same value with every literal secret replaced; keys stay, so that a rule can say where one is. */
function redact(value: unknown): unknown {
  if (Array.isArray(value)) return redactList(value);
  if (typeof value === 'string') return redactText(value);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === 'string' ? redactValue(key, inner) : redact(inner),
    ]),
  );
}

function pick(value: Json, keys: ReadonlySet<string>): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.has(key)));
}

/** The parts of a SparkApplication's spec that are kept, secrets redacted. */
export function sparkSpec(spec: Json): Json {
  const kept = pick(spec, SPEC_KEYS);
  for (const role of ['driver', 'executor']) {
    const part = kept[role];
    if (isObject(part)) kept[role] = pick(part, ROLE_KEYS);
  }
  const clean = redact(kept);
  return isObject(clean) ? clean : {};
}

export function scheduleSpec({ spec }: ScheduledSparkApplication): Json {
  const { template, ...schedule } = spec;
  return { ...schedule, template: sparkSpec(template ?? {}) };
}

function timeMs(text: string | null | undefined): number | null {
  const parsed = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** Apache's operator writes `Succeeded`, `RunningHealthy`; Kubeflow's `COMPLETED`, `RUNNING`. Kept in capitals with `_`. */
function stateOf({ status }: SparkApplication): string {
  const state = status?.applicationState?.state || status?.currentState?.currentStateSummary;
  return (state || 'NEW').replaceAll(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

const APACHE_ENDED = /^(SUCCEEDED|FAILED|.*_TIMED_OUT|SCHEDULING_FAILURE|TERMINATED.*|RESOURCE_RELEASED)$/;

export function runRecord(application: SparkApplication, cluster: string, workloadId: number): RunRecord {
  const { metadata, status } = application;
  const state = stateOf(application);
  const transitions = Object.values(status?.stateTransitionHistory ?? {});
  const submitted = transitions.map((entry) => timeMs(entry.lastTransitionTime)).filter((time) => time !== null);
  const apacheEnd = APACHE_ENDED.test(state) ? timeMs(status?.currentState?.lastTransitionTime) : null;
  return {
    cluster,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    workloadId,
    appId: status?.sparkApplicationId || null,
    state,
    submittedMs:
      timeMs(status?.lastSubmissionAttemptTime) ??
      (submitted.length > 0 ? Math.min(...submitted) : (metadata.creationTimestamp ?? null)),
    terminatedMs: timeMs(status?.terminationTime) ?? apacheEnd,
  };
}
