import type { SparkLog } from '../../model/spark.js';
import { podPrices, runCost } from '../../pricing/run-cost.js';
import { clusterOf } from '../../store/sources.js';
import { type RunOutline, runOutlines } from '../../store/spark-trend.js';
import { defineArtifact } from '../rule.js';
import { isCancelled, isShutDown } from './spark-errors.js';
import { wallMs, windowOf, workersOf } from './spark-run.js';

/** One run as it is compared with others of its family. */
export interface FamilyRun {
  appId: string;
  startMs: number;
  endMs: number;
  seconds: number;
  /** Null where the price of one of its pods is not known. */
  usd: number | null;
  inputBytes: number;
  inputRecords: number;
  executors: number;
  /** Spark's configuration, with the versions under their names. */
  settings: Record<string, string>;
}

export interface FamilyRuns {
  cluster: string;
  namespace: string | null;
  name: string;
  /** That ended well, oldest first. Streams have no such runs: they end when somebody stops them. */
  runs: FamilyRun[];
  /** Runs that are left out: unfinished, failed, or with damage to the log. */
  others: number;
  isStream: boolean;
}

/** The run without stages: enough for its time and the price of its pods. */
function asLog({ application, executors }: RunOutline): SparkLog {
  return {
    application,
    executors,
    jobs: [],
    stages: [],
    sqlExecutions: [],
    cachedRdds: [],
    streamingBatches: [],
    streamingQueries: [],
  };
}

function endedWell({ application, failures }: RunOutline): boolean {
  // What the end of the driver cut off is shorter than a whole run.
  const isWell = failures.every((error) => isCancelled(error) && !isShutDown(error));
  return application.finished && isWell && application.log.missingTasks === 0;
}

/** The runs of each Spark family in the window, without their stages. */
export const familyRuns = defineArtifact<FamilyRuns[]>({
  id: 'family-runs',
  sources: ['spark-logs'],
  compute({ db, window, config, get }) {
    const cluster = config.cluster || clusterOf(db) || 'default';
    const priceOf = get(podPrices);
    const families = new Map<string, FamilyRuns>();
    for (const outline of runOutlines(db, cluster, window)) {
      const { namespace, family: name, appId, conf, sparkVersion, javaVersion, scalaVersion } = outline.application;
      const key = JSON.stringify([namespace, name]);
      const family = families.get(key) ?? { cluster, namespace, name, runs: [], others: 0, isStream: false };
      families.set(key, family);
      family.isStream ||= outline.isStream;
      const log = asLog(outline);
      if (!endedWell(outline) || wallMs(log) <= 0) {
        family.others++;
        continue;
      }
      family.runs.push({
        appId,
        startMs: windowOf(log).sinceMs,
        endMs: windowOf(log).untilMs,
        seconds: wallMs(log) / 1000,
        usd: runCost(log, priceOf)?.usd ?? null,
        inputBytes: outline.inputBytes,
        inputRecords: outline.inputRecords,
        executors: workersOf(log).length,
        settings: {
          ...conf,
          'Spark version': sparkVersion,
          'Java version': javaVersion,
          'Scala version': scalaVersion,
        },
      });
    }
    return [...families.values()];
  },
});
