/** What is measured of a run. `better` is the direction that is an improvement. */
export interface Metric {
  readonly unit: 's' | 'USD' | 'bytes' | '';
  readonly better: 'lower' | 'higher';
  /** What it is, in a few words. */
  readonly title: string;
}

/** Every metric, by the name that suites, limits and JSON use. The first ones decide where a suite names none. */
export const METRICS = {
  time: { unit: 's', better: 'lower', title: 'wall time' },
  cost: { unit: 'USD', better: 'lower', title: 'cost of the run' },
  cpu: { unit: 's', better: 'lower', title: 'CPU time of the whole process tree' },
  peakRss: { unit: 'bytes', better: 'lower', title: 'peak resident memory of the whole process tree' },
  coreTime: { unit: 's', better: 'lower', title: 'executor cores × seconds held' },
  executorCpu: { unit: 's', better: 'lower', title: 'CPU time of the tasks' },
  gc: { unit: 's', better: 'lower', title: 'garbage collection in tasks' },
  shuffle: { unit: 'bytes', better: 'lower', title: 'shuffle bytes written' },
  spill: { unit: 'bytes', better: 'lower', title: 'bytes spilled to disk' },
  failedTasks: { unit: '', better: 'lower', title: 'failed tasks' },
  peakMemory: { unit: 'bytes', better: 'lower', title: 'greatest execution memory of a task' },
  input: { unit: 'bytes', better: 'lower', title: 'bytes read' },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS).filter(isMetric);

export function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
