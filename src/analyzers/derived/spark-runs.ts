import type { SparkLog } from '../../model/spark.js';
import { lastReadMs } from '../../store/collections.js';
import type { PodLife } from '../../store/pod-life.js';
import { podRequestReader } from '../../store/pod-requests.js';
import { clusterOf } from '../../store/sources.js';
import { listSparkApplications, readSparkLog } from '../../store/spark.js';
import { defineArtifact } from '../rule.js';
import { podsOfLog } from './pod-lives.js';

/** One run as rules see it. */
export interface SparkRun {
  /** Where it ran; empty for a log read from a file. */
  cluster: string;
  log: SparkLog;
  /** Memory that the pods of a role ask for; undefined where they are not known, as for a log read from a file. */
  podMemoryBytes?: (role: 'driver' | 'executor') => number | undefined;
  /** When logs were read last; undefined for a log read from a file. */
  logsReadMs?: number | undefined;
  /** Its driver's and executors' pods; undefined for a log read from a file without more. */
  pods?: () => PodLife[];
}

/** Of the first pod of the role that the store knows; pods of one role are alike. */
function podMemoryOf(log: SparkLog, read: ReturnType<typeof podRequestReader>): SparkRun['podMemoryBytes'] {
  return (role) =>
    log.executors
      .filter((executor) => executor.isDriver === (role === 'driver') && executor.podName !== null)
      .map((executor) => read(log.application.namespace, executor.podName ?? '')?.memoryBytes)
      .find((bytes) => bytes !== undefined);
}

/** The Spark runs of the window, oldest first. Each is read when its turn comes, so that one is in memory at a time. */
export const sparkRuns = defineArtifact<Iterable<SparkRun>>({
  id: 'spark-runs',
  sources: ['spark-logs'],
  compute({ db, window, config }) {
    const cluster = config.cluster || clusterOf(db) || 'default';
    return {
      *[Symbol.iterator]() {
        const read = podRequestReader(db);
        const logsReadMs = lastReadMs(db, 'spark-logs', cluster);
        for (const { key } of listSparkApplications(db, cluster, window)) {
          const log = readSparkLog(db, key);
          const pods = () => podsOfLog(db, cluster, log);
          yield { cluster, log, logsReadMs, podMemoryBytes: podMemoryOf(log, read), pods };
        }
      },
    };
  },
});
