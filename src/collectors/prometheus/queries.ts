/** Prometheus' default `--query.lookback-delta`: an older sample is not seen by an instant selector. */
const LOOKBACK_SECONDS = 300;
/** Samples that a rate needs in its range to be steady; one scrape may fail. */
const SAMPLES_PER_RATE = 4;
const SAMPLES_PER_IRATE = 3;
const HOUR_SECONDS = 3600;

/** Containers only: not the pod's own cgroup (container="") nor the pause container. */
const CONTAINER = '{container!="",container!="POD",pod!=""}';

/** How closely the data lies and how it is asked for. */
export interface Resolution {
  /** Between two evaluations; a divisor of an hour, never finer than the scrapes. */
  stepSeconds: number;
  /** Between two samples in the data, as measured. */
  scrapeSeconds: number;
}

/** The step that divides an hour and is no finer than asked for, nor than the data. */
export function resolutionOf(askedSeconds: number, scrapeSeconds: number): Resolution {
  const least = Math.min(HOUR_SECONDS, Math.max(askedSeconds, scrapeSeconds));
  let stepSeconds = Math.ceil(least);
  while (HOUR_SECONDS % stepSeconds !== 0) stepSeconds++;
  return { stepSeconds, scrapeSeconds };
}

const MEMORY = `container_memory_working_set_bytes${CONTAINER}`;
/** Samples per hour of the series that were there all hour; without such, of the best of all. */
export const SAMPLES_PER_HOUR = `quantile(0.1, count_over_time(${MEMORY}[1h]) and ${MEMORY} and ${MEMORY} offset 55m)
  or quantile(0.9, count_over_time(${MEMORY}[1h]))`;
function containersOf(selector: string): string {
  return `count(count by (namespace, pod, container) (last_over_time(${selector}[1h])))`;
}

/** Containers that were there at any time in the hour before; by CPU where no memory is measured. */
export const CONTAINER_COUNTS = [
  containersOf(MEMORY),
  containersOf(`container_cpu_usage_seconds_total${CONTAINER}`),
] as const;

function isDense({ stepSeconds, scrapeSeconds }: Resolution): boolean {
  return scrapeSeconds * SAMPLES_PER_RATE <= stepSeconds;
}

/** Only series with a sample in the step just past: a range goes on seeing a container that has ended. */
function fresh(selector: string, { stepSeconds, scrapeSeconds }: Resolution): string {
  const age = Math.max(stepSeconds, scrapeSeconds);
  return age > LOOKBACK_SECONDS ? '' : ` and (time() - timestamp(${selector}) < ${age})`;
}

/**
 * Cores, counted once however many jobs scrape the same kubelet. Where samples are dense, the mean rate over the step:
 * summed over time it is the CPU time used. Where they are not, the rate between the last two, which a range of several
 * samples would smooth and, at a container's first ones, make too small.
 */
export function cpuCores(resolution: Resolution): string {
  const selector = `container_cpu_usage_seconds_total${CONTAINER}`;
  const rate = isDense(resolution)
    ? `rate(${selector}[${resolution.stepSeconds}s])`
    : `(irate(${selector}[${Math.ceil(resolution.scrapeSeconds * SAMPLES_PER_IRATE)}s])${fresh(selector, resolution)})`;
  return `sum by (namespace, pod, container) (max by (namespace, pod, container, cpu) (${rate}))`;
}

/** Working set: the highest in the step, so that no peak is lost between two evaluations. */
export function memoryBytes(resolution: Resolution): string {
  const value = isDense(resolution)
    ? `max_over_time(${MEMORY}[${resolution.stepSeconds}s])`
    : `(${MEMORY}${fresh(MEMORY, resolution)})`;
  return `max by (namespace, pod, container) (${value})`;
}

/**
 * Growth of a counter in the hour. The range reaches back to the last sample before the hour, so that what happens
 * between two hours' samples is counted once, and Prometheus' extrapolation over that range is taken back.
 */
function hourly(selector: string, { scrapeSeconds }: Resolution): string {
  const range = HOUR_SECONDS + Math.ceil(scrapeSeconds) - 1;
  return `increase(${selector}[${range}s]) * ${HOUR_SECONDS / range}`;
}

function perContainer(metric: string, resolution: Resolution): string {
  return `max by (namespace, pod, container) (${hourly(`${metric}${CONTAINER}`, resolution)})`;
}

function perPod(metric: string, resolution: Resolution): string {
  const growth = hourly(`${metric}{pod!="",interface!="lo"}`, resolution);
  return `sum by (namespace, pod) (max by (namespace, pod, interface) (${growth}))`;
}

function perClaim(metric: string): string {
  return `max by (namespace, persistentvolumeclaim) (max_over_time(${metric}[1h]))`;
}

/** Evaluated at the end of each hour. */
export function hourlyQueries(resolution: Resolution) {
  const restarts = perContainer('kube_pod_container_status_restarts_total', resolution);
  return {
    cfsPeriods: perContainer('container_cpu_cfs_periods_total', resolution),
    cfsThrottledPeriods: perContainer('container_cpu_cfs_throttled_periods_total', resolution),
    oomKills: perContainer('container_oom_events_total', resolution),
    restarts,
    // Many kubelets lose the OOM event with the container's cgroup; the restart and its reason stay.
    oomRestarts: `${restarts} and max by (namespace, pod, container) (max_over_time(kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}[1h])) > 0`,
    receiveBytes: perPod('container_network_receive_bytes_total', resolution),
    transmitBytes: perPod('container_network_transmit_bytes_total', resolution),
    networkSamples: `max by (namespace, pod) (count_over_time(container_network_receive_bytes_total{pod!="",interface!="lo"}[1h]))`,
    volumeUsed: perClaim('kubelet_volume_stats_used_bytes'),
    volumeCapacity: perClaim('kubelet_volume_stats_capacity_bytes'),
    state: 'count(max by (namespace, pod) (last_over_time(kube_pod_owner[1h])))',
  };
}
export type HourlyQuery = keyof ReturnType<typeof hourlyQueries>;

/** What kube-state-metrics said at any time in the `seconds` before the evaluation: pods that are gone are in it. */
export function stateQueries(seconds: number) {
  const last = (labels: string, selector: string) => `max by (${labels}) (last_over_time(${selector}[${seconds}s]))`;
  const resources = 'namespace, pod, container, resource';
  return {
    podOwners: last('namespace, pod, owner_kind, owner_name', 'kube_pod_owner'),
    podNodes: last('namespace, pod, node', 'kube_pod_info{node!=""}'),
    replicaSetOwners: last('namespace, replicaset, owner_kind, owner_name', 'kube_replicaset_owner'),
    jobOwners: last('namespace, job_name, owner_kind, owner_name', 'kube_job_owner'),
    requests: last(resources, 'kube_pod_container_resource_requests'),
    limits: last(resources, 'kube_pod_container_resource_limits'),
    terminations: last('namespace, pod, container, reason', 'kube_pod_container_status_last_terminated_reason'),
    claims: last('namespace, persistentvolumeclaim, volumename, storageclass', 'kube_persistentvolumeclaim_info'),
    mounts: last('namespace, pod, persistentvolumeclaim', 'kube_pod_spec_volumes_persistentvolumeclaims_info'),
  };
}
export type StateQuery = keyof ReturnType<typeof stateQueries>;
