/** A run on spot nodes, as far as its cost goes. */
export interface SpotRun {
  nodes: number;
  /** Hours it takes without interruptions. */
  hours: number;
  /** Interruptions per node-hour. */
  perNodeHour: number;
  /** Node-hours done again for each. */
  redoneNodeHours: number;
}

export interface InterruptionCost {
  /** Expected interruptions of a run: λ n L. */
  expected: number;
  /** Chance that any node is taken: 1 − e^(−λ n L). */
  anyChance: number;
  /** What the run's node-hours are multiplied by: those done again are paid too. */
  factor: number;
}

/** DOMAIN 5: Σ price × node-hours + redone node-hours × price. An interruption redoes no more than half of a run. */
export function interruptionCost({ nodes, hours, perNodeHour, redoneNodeHours }: SpotRun): InterruptionCost {
  const expected = perNodeHour * nodes * hours;
  const nodeHours = nodes * hours;
  const redone = expected * Math.min(redoneNodeHours, hours / 2);
  return { expected, anyChance: 1 - Math.exp(-expected), factor: nodeHours > 0 ? 1 + redone / nodeHours : 1 };
}

/** Interruption rates beside the assumed one, as multiples of it: how much the answer hangs on it. */
export const RATE_MULTIPLES = [0, 0.5, 1, 2] as const;
