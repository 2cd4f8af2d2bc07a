import type { SparkLog } from '../../model/spark.js';
import type { Db } from '../../store/open.js';
import { logsOfPod, type PodLife, podsOfApplication, UNKNOWN } from '../../store/pod-life.js';
import type { Statement } from './log-text.js';

/** SIGTERM: asked to stop, as executors are at the end of every run. */
const ASKED_TO_STOP = 143;

/** Pods by the names that the event log has for them, where only files tell what they wrote. */
function podsByName(db: Db, cluster: string, { application, executors }: SparkLog): PodLife[] {
  const { conf, namespace, startMs, lastEventMs } = application;
  const prefix = conf['spark.kubernetes.executor.podNamePrefix'];
  const driver = conf['spark.kubernetes.driver.pod.name'] ?? (prefix && `${prefix}-driver`);
  const names = [
    ...(driver ? [{ name: driver, role: 'driver' as const }] : []),
    ...executors.flatMap(({ podName, isDriver }) =>
      podName !== null && !isDriver ? [{ name: podName, role: 'executor' as const }] : [],
    ),
  ];
  return names.flatMap(({ name, role }): PodLife[] => {
    const logs = logsOfPod(db, cluster, namespace ?? '', name);
    if (!logs.length) return [];
    return [{ ...UNKNOWN, namespace: namespace ?? '', name, role, createdMs: startMs, endMs: lastEventMs, logs }];
  });
}

/** The pods of a run as the API told of them, else those of which there are log files. */
export function podsOfLog(db: Db, cluster: string, log: SparkLog): PodLife[] {
  const known = podsOfApplication(db, cluster, log.application.appId);
  return known.length ? known : podsByName(db, cluster, log);
}

function endText({ reason, exitCode, message }: PodLife['ends'][number]): string {
  const code = exitCode === null ? '' : `exit code ${exitCode}`;
  const how = [reason === 'Error' ? '' : reason, code].filter(Boolean).join(', ');
  return message ? `${how}: ${message}` : how;
}

/** What pods, their containers and their logs say of things that went wrong. */
export function statementsOfPods(pods: readonly PodLife[]): Statement[] {
  return pods.flatMap(({ name, reason, message, endMs, ends, logs }) => {
    const own: Statement[] =
      // A pod that waits for a place has not failed; what it waits for is spark/slow-start's to tell.
      reason === null || reason === 'Unschedulable' || reason === 'SchedulingGated'
        ? []
        : [{ where: `pod ${name}`, text: `${reason}: ${message ?? ''}`, atMs: endMs }];
    const containers = ends
      .filter(({ exitCode }) => exitCode !== 0 && exitCode !== ASKED_TO_STOP)
      .map((end) => ({
        where: `pod ${name}, container ${end.container}`,
        text: endText(end),
        atMs: end.finishedMs ?? endMs,
      }));
    const written = logs.map(({ container, text, finishedMs }) => ({
      where: `log of pod ${name}${container ? `, container ${container}` : ''}`,
      text,
      atMs: Math.min(finishedMs, endMs),
    }));
    return [...own, ...containers, ...written];
  });
}
