import { z } from 'zod';
import { REDACTED } from '../../model/posture.js';
import { listSparkApplications } from '../../store/spark.js';
import { applicationIds, isStreamingRun } from '../../store/spark-runs.js';
import { type ArtifactInput, defineArtifact } from '../rule.js';
import { posture, type WorkloadPosture } from './posture.js';

/** A Spark application family with its settings. */
export interface SparkFamily {
  workload: WorkloadPosture;
  /** Of the operator's object, else of the newest run's event log; null where neither was read. */
  conf: Readonly<Record<string, string>> | null;
  from: 'spec' | 'event log' | null;
  /** Where the spec holds a literal secret: `sparkConf spark.x.secret`, `arguments`. Null without a spec. */
  secrets: string[] | null;
  /** The operator's restart policy; null where it is not known. */
  restartPolicy: string | null;
  /** A schedule with this name starts its runs. */
  scheduled: boolean;
  /** Why it counts as a stream; null if nothing says so. */
  streaming: string | null;
}

const texts = z.record(z.string(), z.unknown()).nullish();
const Spec = z.object({
  mainClass: z.string().nullish(),
  sparkConf: texts,
  hadoopConf: texts,
  arguments: z.array(z.unknown()).nullish(),
  driverArgs: z.array(z.unknown()).nullish(),
  restartPolicy: z.object({ type: z.string().nullish() }).nullish(),
  driver: z.object({ javaOptions: z.string().nullish() }).nullish(),
  executor: z.object({ javaOptions: z.string().nullish() }).nullish(),
});
type Spec = z.infer<typeof Spec>;

function specOf({ row }: WorkloadPosture): Spec | undefined {
  if (row.spec === null) return undefined;
  const raw: unknown = JSON.parse(row.spec);
  const holder = z.object({ template: z.unknown() }).safeParse(raw);
  return Spec.safeParse(row.kind === 'ScheduledSparkApplication' ? holder.data?.template : raw).data;
}

function textConf(conf: Spec['sparkConf']): Record<string, string> {
  return Object.fromEntries(Object.entries(conf ?? {}).map(([key, value]) => [key, String(value)]));
}

function secretsOf(spec: Spec): string[] {
  const inConf = (name: string, conf: Spec['sparkConf']) =>
    Object.entries(textConf(conf))
      .filter(([, value]) => value.includes(REDACTED))
      .map(([key]) => `${name} ${key}`);
  const options = (['driver', 'executor'] as const)
    .filter((role) => spec[role]?.javaOptions?.includes(REDACTED))
    .map((role) => `${role}.javaOptions`);
  const given = [...(spec.arguments ?? []), ...(spec.driverArgs ?? [])];
  const inArguments = given.some((argument) => String(argument).includes(REDACTED)) ? ['arguments'] : [];
  return [...inConf('sparkConf', spec.sparkConf), ...inConf('hadoopConf', spec.hadoopConf), ...options, ...inArguments];
}

/** Settings that only a stream has. */
const STREAM_SETTING = /^spark\.(streaming\.|sql\.streaming\.(checkpointLocation|stateStore|kafka))/;

function streamingOf(
  { db }: ArtifactInput,
  workload: WorkloadPosture,
  conf: SparkFamily['conf'],
  spec: Spec | undefined,
) {
  const log = applicationIds(db, workload.row.id).find((id) => isStreamingRun(db, id));
  if (log) return `the event log of ${log} has a streaming query`;
  const setting = Object.keys(conf ?? {}).find((key) => STREAM_SETTING.test(key));
  if (setting) return `${setting} is set`;
  return spec?.mainClass && /stream/i.test(spec.mainClass) ? `its main class is ${spec.mainClass}` : null;
}

/** Settings of the newest run whose event log was read. */
function loggedConf({ db, window }: ArtifactInput, { row }: WorkloadPosture): Record<string, string> | undefined {
  const ids = new Set(applicationIds(db, row.id));
  const isOwn = (appId: string, namespace: string | null, family: string) =>
    ids.has(appId) || (namespace === row.namespace && family === row.name);
  return listSparkApplications(db, row.cluster, window)
    .map(({ application }) => application)
    .findLast(({ appId, namespace, family }) => isOwn(appId, namespace, family))?.conf;
}

/** Spark application families that were there in the window. */
export const sparkFamilies = defineArtifact<SparkFamily[]>({
  id: 'spark-families',
  sources: ['kubernetes'],
  compute(input) {
    const inWindow = input
      .get(posture)
      .workloads.filter(({ spark, row }) => spark && row.lastSeenMs >= input.window.sinceMs);
    return inWindow.map((workload) => {
      const spec = specOf(workload);
      const conf = spec ? textConf(spec.sparkConf) : (loggedConf(input, workload) ?? null);
      return {
        workload,
        conf,
        from: spec ? 'spec' : conf && 'event log',
        secrets: spec ? secretsOf(spec) : null,
        restartPolicy: spec ? (spec.restartPolicy?.type ?? 'Never') : null,
        scheduled: workload.row.kind === 'ScheduledSparkApplication',
        streaming: streamingOf(input, workload, conf, spec),
      };
    });
  },
});

export function isOn(conf: Readonly<Record<string, string>>, key: string): boolean {
  return conf[key]?.trim().toLowerCase() === 'true';
}
