import { selects } from '../../model/posture.js';
import { type RequestHour, requestHours } from '../../store/exporters.js';
import { defineArtifact } from '../rule.js';
import { posture, type WorkloadPosture } from './posture.js';

/** A workload that answers requests, with how many it got by hour. */
export interface Served {
  workload: WorkloadPosture;
  /** Names of services that lead to it. */
  services: string[];
  /** Summed over services; an hour is there if somebody counted in it. */
  hours: { hourMs: number; requests: number }[];
  sources: string[];
}

/** Labels by which serverless platforms name the service of a pod. */
const SERVICE_LABELS = ['serving.knative.dev/service', 'serving.kserve.io/inferenceservice'];
const KINDS = new Set(['Deployment', 'StatefulSet', 'InferenceService', 'Service']);

function hoursOf(rows: readonly RequestHour[]): Served['hours'] {
  const hours = new Map<number, number>();
  // Two that count the same request would make two of one: the larger count of the hour is kept.
  const bySource = new Map<string, number>();
  for (const { source, hourMs, requests } of rows) {
    const key = `${source}/${hourMs}`;
    bySource.set(key, (bySource.get(key) ?? 0) + requests);
    hours.set(hourMs, Math.max(hours.get(hourMs) ?? 0, bySource.get(key) ?? 0));
  }
  return [...hours].sort(([a], [b]) => a - b).map(([hourMs, requests]) => ({ hourMs, requests }));
}

/** Workloads behind a Service, and InferenceServices. */
export const served = defineArtifact<Served[]>({
  id: 'served',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window, get }) {
    const facts = get(posture);
    const requests = new Map<string, RequestHour[]>();
    const clusters = new Set(facts.workloads.map(({ row }) => row.cluster));
    for (const cluster of clusters)
      for (const row of requestHours(db, cluster, window)) {
        const key = `${cluster}/${row.namespace}/${row.service}`;
        requests.set(key, [...(requests.get(key) ?? []), row]);
      }
    return facts.workloads
      .filter(({ row }) => KINDS.has(row.kind))
      .flatMap((workload): Served[] => {
        const { row, roles, pods } = workload;
        const labels = { ...roles[0]?.posture.labels, ...pods[0]?.labels };
        const selecting = facts
          .objects('Service')
          .filter(
            ({ cluster, namespace, spec }) =>
              cluster === row.cluster &&
              namespace === row.namespace &&
              Object.keys(spec.selector).length > 0 &&
              selects({ matchLabels: spec.selector, matchExpressions: [] }, labels),
          )
          .map(({ name }) => name);
        const named = SERVICE_LABELS.flatMap((label) => labels[label] ?? []);
        const own = row.kind === 'InferenceService' ? [row.name, `${row.name}-predictor`] : [];
        const services = [...new Set([...selecting, ...named, ...own])];
        if (services.length === 0) return [];
        const rows = services.flatMap((name) => requests.get(`${row.cluster}/${row.namespace}/${name}`) ?? []);
        return [{ workload, services, hours: hoursOf(rows), sources: [...new Set(rows.map(({ source }) => source))] }];
      });
  },
});
