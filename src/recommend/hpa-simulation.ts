/** One hour of what an autoscaler's pods used together, in requests of one pod. */
export interface DemandHour {
  hourMs: number;
  /** Mean of the hour, and the most that any sample showed. */
  mean: number;
  peak: number;
}

export interface Bounds {
  minReplicas: number;
  maxReplicas: number;
}

export interface Simulated {
  /** Mean replicas. */
  replicas: number;
  /** Hours in which the peak was above what the pods ask for. */
  hoursOver: number;
}

const EPSILON = 1e-9;

/**
 * What an autoscaler with this target would have run: each hour as many replicas as the use of the hour before asks for,
 * within its bounds. Source: Kubernetes, HorizontalPodAutoscaler algorithm, ceil(current × use / target).
 */
export function simulateTarget(demand: readonly DemandHour[], targetPercent: number, bounds: Bounds): Simulated {
  const wanted = demand.map(({ mean }) =>
    Math.min(bounds.maxReplicas, Math.max(bounds.minReplicas, Math.ceil((mean * 100) / targetPercent - EPSILON))),
  );
  let [replicas, hoursOver] = [0, 0];
  for (const [i, { peak }] of demand.entries()) {
    const running = Math.max(1, wanted[Math.max(0, i - 1)] ?? 1);
    replicas += running;
    if (peak > running + EPSILON) hoursOver += 1;
  }
  return { replicas: demand.length > 0 ? replicas / demand.length : 0, hoursOver };
}

/** The cheapest of the targets that spends no more time over the request than the present one does. */
export function cheapestTarget(
  demand: readonly DemandHour[],
  present: number,
  targets: readonly number[],
  bounds: Bounds,
): { target: number; simulated: Simulated } {
  const now = simulateTarget(demand, present, bounds);
  let best = { target: present, simulated: now };
  for (const target of targets) {
    const simulated = simulateTarget(demand, target, bounds);
    if (simulated.hoursOver <= now.hoursOver && simulated.replicas < best.simulated.replicas)
      best = { target, simulated };
  }
  return best;
}
