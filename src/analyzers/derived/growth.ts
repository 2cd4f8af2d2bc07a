import { DAY_MS, type Window } from '../../model/window.js';
import { usageHours } from '../../store/usage.js';
import { defineArtifact } from '../rule.js';
import { median } from './numbers.js';
import { posture, type WorkloadPosture } from './posture.js';

/** One container's mean of each day. */
export interface DailyUse {
  container: string;
  resource: 'CPU' | 'memory';
  /** Oldest first. */
  days: { dayMs: number; value: number }[];
}

/** A Deployment or StatefulSet with one replica. */
export interface Singleton {
  workload: WorkloadPosture;
  /** Why it cannot have two; null if nothing keeps it from it. */
  bound: string | null;
  /** An autoscaler that scales it out. */
  scaledBy: string | undefined;
  uses(window: Window): DailyUse[];
}

/** Days with less than this share of their hours say nothing of the day. */
const WHOLE_DAY_HOURS = 20;

function boundBy({ row, roles }: WorkloadPosture): string | null {
  if (roles.some(({ posture: pod }) => pod.holdsVolume)) return 'it holds a volume';
  return row.kind === 'StatefulSet' ? 'it is a StatefulSet of one' : null;
}

export const singletons = defineArtifact<Singleton[]>({
  id: 'singletons',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, get }) {
    const facts = get(posture);
    const single = facts.workloads.filter(
      ({ row }) => row.replicas === 1 && (row.kind === 'Deployment' || row.kind === 'StatefulSet'),
    );
    return single.map((workload) => {
      const { row } = workload;
      return {
        workload,
        bound: boundBy(workload),
        scaledBy: facts
          .objects('HorizontalPodAutoscaler')
          .find(
            ({ cluster, namespace, spec }) =>
              cluster === row.cluster &&
              namespace === row.namespace &&
              spec.target.kind === row.kind &&
              spec.target.name === row.name &&
              spec.maxReplicas > 1,
          )?.name,
        uses: (window) => dailyUses(usageHours(db, { workloadId: row.id, window })),
      };
    });
  },
});

function dailyUses(hours: ReturnType<typeof usageHours>): DailyUse[] {
  const byDay = new Map<
    string,
    { use: DailyUse; sums: Map<number, { sum: number; samples: number; hours: number }> }
  >();
  for (const hour of hours)
    for (const resource of ['CPU', 'memory'] as const) {
      const [sum, samples] = resource === 'CPU' ? [hour.cpuSum, hour.cpuSamples] : [hour.memorySum, hour.memorySamples];
      if (samples === 0) continue;
      const key = `${hour.container}/${resource}`;
      const one = byDay.get(key) ?? { use: { container: hour.container, resource, days: [] }, sums: new Map() };
      byDay.set(key, one);
      const dayMs = Math.floor(hour.hourMs / DAY_MS) * DAY_MS;
      const day = one.sums.get(dayMs) ?? { sum: 0, samples: 0, hours: 0 };
      one.sums.set(dayMs, { sum: day.sum + sum, samples: day.samples + samples, hours: day.hours + 1 });
    }
  return [...byDay.values()].map(({ use, sums }) => ({
    ...use,
    days: [...sums]
      .filter(([, day]) => day.hours >= WHOLE_DAY_HOURS)
      .map(([dayMs, { sum, samples }]) => ({ dayMs, value: sum / samples })),
  }));
}

export interface Growth {
  /** Kendall's τ of value and time: 1 where every day is above all before it. */
  tau: number;
  /** Theil–Sen: the median of the slopes between all pairs of days. */
  perDay: number;
  /** Growth over the days on that slope, relative to the first of them. */
  share: number;
}

export function growthOf(days: DailyUse['days']): Growth | undefined {
  const slopes: number[] = [];
  let order = 0;
  for (const [i, a] of days.entries())
    for (const b of days.slice(i + 1)) {
      slopes.push((b.value - a.value) / ((b.dayMs - a.dayMs) / DAY_MS));
      order += Math.sign(b.value - a.value);
    }
  const perDay = median(slopes);
  const [first, last] = [days.at(0), days.at(-1)];
  if (perDay === undefined || !first || !last || first.value <= 0) return undefined;
  const span = (last.dayMs - first.dayMs) / DAY_MS;
  return { tau: order / slopes.length, perDay, share: (perDay * span) / first.value };
}
