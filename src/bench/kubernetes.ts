import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { z } from 'zod';
import { loadKubeConfig, withLimits } from '../collectors/kubernetes/client.js';
import { codeOf, isRetryable, reasonOf } from '../collectors/kubernetes/failures.js';
import { findLog, logPlace } from '../collectors/spark/sources/index.js';
import type { Config } from '../config/schema.js';
import { messageOf } from '../model/errors.js';
import type { SparkLog } from '../model/spark.js';
import { type Json, manifestOf, readManifest } from './application-manifest.js';
import { logFacts, logMetrics } from './event-log.js';
import type { LaunchContext, Launched } from './launch.js';
import type { ClusterLauncher } from './runner.js';
import type { Variant, Workload } from './suite-schema.js';

const POLL_MS = 2_000;
const PLURAL = 'sparkapplications';
const LONGEST_NAME = 50;
/** Ten attempts over some two minutes: an API server that is replaced is back by then. */
const DELETE_RETRIES = 9;
const LONGEST_PAUSE_MS = 20_000;

/** The status that both operators write, as far as it is needed. */
const Status = z.object({
  status: z
    .object({
      sparkApplicationId: z.string().nullish(),
      lastSubmissionAttemptTime: z.string().nullish(),
      terminationTime: z.string().nullish(),
      applicationState: z.object({ state: z.string().nullish(), errorMessage: z.string().nullish() }).nullish(),
      currentState: z.object({ currentStateSummary: z.string().nullish(), message: z.string().nullish() }).nullish(),
    })
    .nullish(),
});

/** What the runner asks of a cluster. */
export interface Applications {
  create(group: string, version: string, namespace: string, manifest: Json): Promise<void>;
  get(group: string, version: string, namespace: string, name: string): Promise<unknown>;
  remove(group: string, version: string, namespace: string, name: string): Promise<void>;
}

interface Ended {
  state: 'ok' | 'failed' | 'timeout' | 'aborted';
  message: string | null;
  appId: string | null;
  seconds: number;
}

type Seen = NonNullable<z.infer<typeof Status>['status']>;

function secondsOf({ lastSubmissionAttemptTime, terminationTime }: Seen, beganMs: number): number {
  const [from, to] = [Date.parse(lastSubmissionAttemptTime ?? ''), Date.parse(terminationTime ?? '')];
  return to > from ? (to - from) / 1000 : (Date.now() - beganMs) / 1000;
}

function endOf(seen: Seen, beganMs: number): Ended | undefined {
  const word = seen.applicationState?.state ?? seen.currentState?.currentStateSummary ?? '';
  const message = seen.applicationState?.errorMessage || seen.currentState?.message || null;
  const ended = { appId: seen.sparkApplicationId ?? null, seconds: secondsOf(seen, beganMs) };
  if (/^(completed|succeeded|resourcereleased)$/i.test(word)) return { state: 'ok', message: null, ...ended };
  if (/fail|terminatedwithout|unschedul|timedout|evicted/i.test(word))
    return { state: 'failed', message: `${word}${message ? `: ${message}` : ''}`, ...ended };
  return undefined;
}

/** What is told of the application; undefined while the API server does not answer: the application runs on meanwhile. */
async function seenOf(get: () => Promise<unknown>): Promise<Seen | undefined> {
  try {
    return Status.parse(await get()).status ?? undefined;
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return undefined;
  }
}

async function watch(get: () => Promise<unknown>, timeoutMs: number, signal: AbortSignal): Promise<Ended> {
  const beganMs = Date.now();
  let appId: string | null = null;
  while (Date.now() - beganMs < timeoutMs) {
    if (signal.aborted) return { state: 'aborted', message: null, appId, seconds: 0 };
    const seen = await seenOf(get);
    appId = seen?.sparkApplicationId ?? appId;
    const ended = seen && endOf(seen, beganMs);
    if (ended) return ended;
    await wait(POLL_MS, undefined, { signal }).catch(() => {});
  }
  return {
    state: 'timeout',
    message: `not ended after ${timeoutMs / 1000} s and deleted`,
    appId,
    seconds: timeoutMs / 1000,
  };
}

async function logOf(config: Config, appId: string | null, signal: AbortSignal): Promise<SparkLog | string> {
  if (!config.spark.logs) return 'spark.logs is not set: no event log to be read';
  if (appId === null) return 'the operator told no application id: no event log to be found';
  try {
    const found = await findLog(await logPlace(config), appId, signal);
    return (await found?.read({ signal }))?.log ?? `no event log of ${appId} in ${config.spark.logs}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** Deletes it, and asks again where the API server does not answer; gives what a person must do where it stays. */
async function removed(remove: () => Promise<void>, place: string): Promise<string | null> {
  const gone = (error: unknown) => codeOf(error) === 404;
  try {
    await pRetry(remove, {
      retries: DELETE_RETRIES,
      minTimeout: POLL_MS / 4,
      maxTimeout: LONGEST_PAUSE_MS,
      shouldRetry: ({ error }) => isRetryable(error),
    });
    return null;
  } catch (error) {
    return gone(error) ? null : `left behind, delete it yourself: SparkApplication ${place}: ${reasonOf(error)}`;
  }
}

const NOTHING = { exitCode: null, metrics: {}, result: null, facts: null, log: null } as const;

/** What an application that ended well left: its time, and what its event log tells. */
async function measured(config: Config, workload: Workload, ended: Ended, signal: AbortSignal): Promise<Launched> {
  const log = workload.spark ? await logOf(config, ended.appId, signal) : null;
  if (typeof log === 'string')
    return { ...NOTHING, state: 'no-event-log', message: log, metrics: { time: ended.seconds } };
  const metrics = { time: ended.seconds, ...(log && logMetrics(log)) };
  return { ...NOTHING, state: 'ok', message: null, metrics, facts: log && logFacts(log), log };
}

/** Creates a SparkApplication, waits for its end, deletes it whatever happened, and reads its event log. */
export function applicationLauncher(config: Config, applications: Applications): ClusterLauncher {
  return async (workload: Workload, variant: Variant, { loaded, signal }: LaunchContext): Promise<Launched> => {
    const given = readManifest(resolve(loaded.folder, workload.sparkApplication ?? ''));
    const name = `${given.metadata.name.slice(0, LONGEST_NAME)}-${randomBytes(3).toString('hex')}`;
    const manifest = manifestOf(given, workload, variant, name);
    const [group = '', version = ''] = manifest.apiVersion.split('/');
    const { namespace } = manifest.metadata;
    const place = `${namespace}/${name}`;
    const failed = (error: unknown, what: string): Launched => {
      return { ...NOTHING, state: 'failed', message: `SparkApplication ${place}: ${what}: ${reasonOf(error)}` };
    };
    try {
      await applications.create(group, version, namespace, manifest);
    } catch (error) {
      return failed(error, 'cannot be created');
    }
    const timeoutMs = workload.timeout ?? loaded.suite.timeout;
    const ended = await watch(() => applications.get(group, version, namespace, name), timeoutMs, signal).catch(
      (error: unknown) => failed(error, 'cannot be watched'),
    );
    const left = await removed(() => applications.remove(group, version, namespace, name), place);
    const launched =
      'appId' in ended && ended.state === 'ok'
        ? await measured(config, workload, ended, signal)
        : { ...NOTHING, state: ended.state, message: ended.message };
    return { ...launched, message: [launched.message, left].filter(Boolean).join('; ') || null };
  };
}

/** The cluster behind the configured kubeconfig; used under --apply alone. */
export async function clusterLauncher(config: Config): Promise<ClusterLauncher> {
  const library = await import('@kubernetes/client-node');
  const api = (await loadKubeConfig(library, config)).makeApiClient(library.CustomObjectsApi);
  const options = withLimits(library, { timeoutMs: config.kubernetes.timeoutSeconds * 1000, signal: undefined });
  return applicationLauncher(config, {
    async create(group, version, namespace, body) {
      await api.createNamespacedCustomObject({ group, version, namespace, plural: PLURAL, body }, options);
    },
    get: (group, version, namespace, name) =>
      api.getNamespacedCustomObject({ group, version, namespace, plural: PLURAL, name }, options),
    async remove(group, version, namespace, name) {
      await api.deleteNamespacedCustomObject({ group, version, namespace, plural: PLURAL, name }, options);
    },
  });
}
