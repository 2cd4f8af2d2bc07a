import type { Subject } from '../../model/finding.js';
import { HOURS_PER_MONTH } from '../../model/window.js';
import { fixedCosts } from '../../pricing/fixed-costs.js';
import type { DayCost } from '../../pricing/forecast.js';
import { type Spend, spend, type WorkloadSpend } from '../../pricing/spend.js';
import { clusterOf } from '../../store/sources.js';
import { type ArtifactInput, defineArtifact } from '../rule.js';

/** A day of a scope, with the cores that it was charged for. */
export interface ScopeDay extends DayCost {
  cpuCoreHours: number;
}

/** A namespace or Spark family and what it was charged on each day that was measured. */
export interface ScopeDays {
  subject: Subject;
  /** Whether the price of any of its hours is known. */
  priced: boolean;
  days: ScopeDay[];
  /** Dollars of its workloads by day, to say who it was. */
  parts: { name: string; usdByDay: ReadonlyMap<number, number> }[];
}

export interface CostDays {
  namespaces: ScopeDays[];
  families: ScopeDays[];
  /** Everything: nodes with their idle, volumes, control plane, what nobody claims. */
  all: DayCost[];
}

const SPARK_KINDS: ReadonlySet<string> = new Set(['SparkApplication', 'ScheduledSparkApplication']);

function scopeDays(subject: Subject, workloads: readonly WorkloadSpend[], { hoursByDay }: Spend): ScopeDays {
  const days = [...hoursByDay].map(([dayMs, hours]) => {
    const own = workloads.map(({ byDay }) => byDay.get(dayMs));
    const sum = (pick: (day: { usd: number; cpuCoreHours: number }) => number) =>
      own.reduce((total, day) => total + (day ? pick(day) : 0), 0);
    return { dayMs, hours, usd: sum(({ usd }) => usd), cpuCoreHours: sum(({ cpuCoreHours }) => cpuCoreHours) };
  });
  return {
    subject,
    priced: workloads.some(({ pricedHours }) => pricedHours > 0),
    days,
    parts: workloads.map(({ workload, byDay }) => ({
      name: `${workload.kind} ${workload.name}`,
      usdByDay: new Map([...byDay].map(([dayMs, { usd }]) => [dayMs, usd])),
    })),
  };
}

function compute({ db, config, get }: ArtifactInput): CostDays {
  const spent = get(spend);
  const cluster = config.cluster || clusterOf(db);
  const there = [...spent.workloads.values()].filter(({ hours }) => hours > 0);
  const byNamespace = new Map<string, WorkloadSpend[]>();
  for (const one of there) {
    const { namespace } = one.workload;
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), one]);
  }
  const { claims, shared, unclaimed } = get(fixedCosts);
  const fixed = [...claims, ...shared, ...unclaimed];
  const fixedPerHour = fixed.reduce((sum, { usdPerMonth }) => sum + (usdPerMonth ?? 0), 0) / HOURS_PER_MONTH;
  return {
    namespaces: [...byNamespace].map(([name, own]) => scopeDays({ kind: 'Namespace', cluster, name }, own, spent)),
    families: there
      .filter(({ workload }) => SPARK_KINDS.has(workload.kind))
      .map((one) => {
        const { kind, namespace, name } = one.workload;
        return scopeDays({ kind, cluster, namespace, name }, [one], spent);
      }),
    all: [...spent.hoursByDay].map(([dayMs, hours]) => {
      const nodes = [...spent.nodes.values()].reduce((sum, { usdByDay }) => sum + (usdByDay.get(dayMs) ?? 0), 0);
      return { dayMs, hours, usd: nodes + fixedPerHour * hours };
    }),
  };
}

/** What namespaces, Spark families and everything cost, day by day (UTC). */
export const costDays = defineArtifact<CostDays>({
  id: 'cost-days',
  sources: ['kubernetes', 'prometheus'],
  compute,
});
