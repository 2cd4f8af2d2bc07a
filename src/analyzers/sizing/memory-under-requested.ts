import { z } from 'zod';
import { formatMemoryQuantity } from '../../model/quantity.js';
import { type ContainerProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';
import { evaluateUnderRequested, type UnderRequested } from './under-requested.js';

const parameters = z.object({
  maxShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('share of the time that the working set may be above the request'),
});

/** The size that the strategy chose if it is more than now, else the highest working set. */
function advisedBytes({ memoryRequestBytes, memorySize, memoryMaxBytes }: ContainerProfile): number {
  const request = memoryRequestBytes ?? 0;
  return memorySize && memorySize.bytes > request ? memorySize.bytes : Math.max(request, memoryMaxBytes ?? 0);
}

const MEMORY: UnderRequested = {
  resource: 'memory',
  requestOf: (container) => container.memoryRequestBytes,
  // It cannot be above a limit that is no higher than the request.
  shareAbove: ({ memoryAboveRequestShare, memoryRequestBytes, memoryLimitBytes }) =>
    memoryAboveRequestShare !== null && memoryLimitBytes !== null && memoryLimitBytes <= (memoryRequestBytes ?? 0)
      ? 0
      : memoryAboveRequestShare,
  advise(container) {
    const [memoryBytes, limit] = [advisedBytes(container), container.memoryLimitBytes];
    return { memoryBytes, keepMemoryLimit: limit === null || limit >= memoryBytes };
  },
  summaryOf: (container) =>
    `${formatMemoryQuantity(container.memoryRequestBytes ?? 0)} → ${formatMemoryQuantity(advisedBytes(container))}`,
  evidenceOf(container, window) {
    const of = container.role ?? container.name;
    const evidence = (metric: string, value: number | null) => ({
      metric: `${metric} (${of})`,
      value,
      unit: 'bytes',
      window,
      samples: container.memorySamples,
    });
    return [
      evidence('memory request', container.memoryRequestBytes),
      evidence('working set mean', container.memoryMeanBytes),
      evidence('working set peak', container.memoryMaxBytes),
    ];
  },
  backtestOf: ({ memoryRequestBytes, memorySize }) =>
    memorySize && memorySize.bytes > (memoryRequestBytes ?? 0) ? memorySize.backtest : null,
  consequence: 'when its node runs short of memory, pods above their request are evicted first.',
};

export const memoryUnderRequested = defineRule({
  id: 'sizing/memory-under-requested',
  title: 'Working set above the memory request',
  severity: 'warning',
  ledger: null,
  needs: { profiles: workloadProfiles },
  parameters,
  *evaluate({ facts, parameters: { maxShare }, window }) {
    for (const profile of facts.profiles) yield evaluateUnderRequested(profile, MEMORY, maxShare, window);
  },
});
