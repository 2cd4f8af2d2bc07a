import type { Subject } from '../../model/finding.js';
import type { ObjectSpec } from '../../model/posture.js';
import type { Window } from '../../model/window.js';
import { type AutoscalerHour, autoscalerHours, type CpuPercent, cpuPercentByHour } from '../../store/posture.js';
import { defineArtifact } from '../rule.js';
import { sum } from './numbers.js';
import { posture } from './posture.js';

/** Least history of what runs on (RULES): 3 days, counted as covered from 95 %. */
const LEAST_HOURS = 3 * 24 * 0.95;

export interface Autoscaler {
  subject: Subject;
  spec: ObjectSpec<'HorizontalPodAutoscaler'>;
  hours: AutoscalerHour[];
  /** The id of what it scales; undefined where that is not known. */
  workloadId: number | undefined;
  /** Its only metric is the pods' CPU as a share of their request: that target in per cent, else null. */
  cpuTargetPercent: number | null;
  /** CPU use in per cent of the request of each hour; empty where either is not known. */
  cpuPercentByHour: ReadonlyMap<number, CpuPercent>;
  /** Why its history is too short to judge; undefined if it is not. */
  tooLittle: string | undefined;
}

function cpuTarget({ metrics }: ObjectSpec<'HorizontalPodAutoscaler'>): number | null {
  const [only, ...others] = metrics;
  if (!only || others.length > 0 || only.type !== 'Resource' || only.resource !== 'cpu') return null;
  return only.utilizationPercent;
}

/** The share of a request, in per cent, at which an autoscaler adds pods, by the id of the workload that it scales. */
export function targetsOf(all: readonly Autoscaler[], resource: 'cpu' | 'memory'): ReadonlyMap<number, number> {
  const targets = new Map<number, number>();
  for (const { workloadId, spec } of all) {
    const percents = spec.metrics
      .filter((metric) => metric.resource === resource)
      .flatMap(({ utilizationPercent }) => utilizationPercent ?? []);
    if (workloadId !== undefined && percents.length > 0) targets.set(workloadId, Math.min(...percents));
  }
  return targets;
}

function lackOf(hours: readonly AutoscalerHour[]): string | undefined {
  if (hours.length >= LEAST_HOURS) return undefined;
  const days = (hours.length / 24).toFixed(1);
  return hours.length === 0
    ? 'Prometheus has no kube_horizontalpodautoscaler_* series of it'
    : `needs 3 days of its replicas, has ${days}`;
}

/** Autoscalers with how many replicas they had and how busy those were. */
export const autoscalers = defineArtifact<Autoscaler[]>({
  id: 'autoscalers',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window, get }) {
    const facts = get(posture);
    return facts.objects('HorizontalPodAutoscaler').map(({ cluster, namespace, name, spec }) => {
      const hours = autoscalerHours(db, { cluster, namespace, name }, window);
      const target = facts.workloads.find(
        ({ row }) =>
          row.cluster === cluster &&
          row.namespace === namespace &&
          row.kind === spec.target.kind &&
          row.name === spec.target.name,
      );
      return {
        subject: { kind: 'HorizontalPodAutoscaler', cluster, namespace, name },
        spec,
        hours,
        workloadId: target?.row.id,
        cpuTargetPercent: cpuTarget(spec),
        cpuPercentByHour: target ? cpuPercentByHour(db, target.row.id, window) : new Map(),
        tooLittle: lackOf(hours),
      };
    });
  },
});

/** Share of all samples. */
export function shareOf(hours: readonly AutoscalerHour[], figure: (hour: AutoscalerHour) => number): number {
  const samples = sum(hours.map((hour) => hour.samples));
  return samples > 0 ? sum(hours.map(figure)) / samples : 0;
}

/** Mean CPU use in the hours that pass, in per cent of the request; undefined where none is known. */
export function meanCpuPercent({ hours, cpuPercentByHour }: Autoscaler, passes: (hour: AutoscalerHour) => boolean) {
  const known = hours.filter(passes).flatMap(({ hourMs }) => cpuPercentByHour.get(hourMs)?.percent ?? []);
  return known.length > 0 ? sum(known) / known.length : undefined;
}

/** From the first hour with a sample to the last. */
export function historyOf(hours: readonly AutoscalerHour[], window: Window): Window {
  const [first] = hours;
  return { sinceMs: Math.max(window.sinceMs, first?.hourMs ?? window.sinceMs), untilMs: window.untilMs };
}
