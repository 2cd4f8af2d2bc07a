import type { Subject } from '../../model/finding.js';
import { type ExecutorsInZone, executorsByZone, type PostureWorkload } from '../../store/posture.js';
import { shuffleReadBytes } from '../../store/spark-runs.js';
import { defineArtifact } from '../rule.js';
import { posture } from './posture.js';

/** A Spark run with its executors by zone; those whose zone is not known are left out. */
export interface RunZones {
  run: string;
  /** Undefined where no pod carries it. */
  appId: string | undefined;
  zones: ExecutorsInZone[];
  /** Undefined without an event log. */
  shuffleBytes: number | undefined;
}

export interface FamilyZones {
  row: PostureWorkload;
  subject: Subject;
  runs: RunZones[];
  /** Executors of the window whose zone is not known. */
  unknownPods: number;
}

/** Where the executors of each Spark run in the window were. */
export const runZones = defineArtifact<FamilyZones[]>({
  id: 'run-zones',
  sources: ['kubernetes'],
  compute({ db, window, get }) {
    const byWorkload = new Map<number, ExecutorsInZone[]>();
    for (const one of executorsByZone(db, window))
      byWorkload.set(one.workloadId, [...(byWorkload.get(one.workloadId) ?? []), one]);
    return get(posture)
      .workloads.filter(({ spark, row }) => spark && row.lastSeenMs >= window.sinceMs)
      .map(({ row, subject }) => {
        const all = byWorkload.get(row.id) ?? [];
        const known = all.filter(({ zone }) => zone !== null);
        const names = [...new Set(known.map(({ run }) => run))];
        const runs = names.map((run) => {
          const zones = known.filter((one) => one.run === run);
          const appId = all.find((one) => one.run === run && one.appId !== null)?.appId ?? undefined;
          return { run, appId, zones, shuffleBytes: appId ? shuffleReadBytes(db, appId) : undefined };
        });
        const unknownPods = all.filter(({ zone }) => zone === null).reduce((sum, { pods }) => sum + pods, 0);
        return { row, subject, runs, unknownPods };
      });
  },
});
