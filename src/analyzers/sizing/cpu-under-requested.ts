import { z } from 'zod';
import { formatCpuQuantity } from '../../model/quantity.js';
import { type ContainerProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';
import { evaluateUnderRequested, type UnderRequested } from './under-requested.js';

const parameters = z.object({
  maxShare: z.number().min(0).max(1).default(0.05).describe('share of the time that use may be above the request'),
});

/** The size that the strategy chose if it is more than now, else the level that use keeps below for 95 % of the time. */
function advisedCores({ cpuRequestCores, cpuSize, cpuP95Cores }: ContainerProfile): number {
  const request = cpuRequestCores ?? 0;
  return cpuSize && cpuSize.cores > request ? cpuSize.cores : Math.max(request, cpuP95Cores ?? 0);
}

const CPU: UnderRequested = {
  resource: 'CPU',
  requestOf: (container) => container.cpuRequestCores,
  // Held at a limit that is no higher than the request, use is at most measured a little above it.
  shareAbove: ({ cpuAboveRequestShare, cpuRequestCores, cpuLimitCores }) =>
    cpuAboveRequestShare !== null && cpuLimitCores !== null && cpuLimitCores <= (cpuRequestCores ?? 0)
      ? 0
      : cpuAboveRequestShare,
  advise: (container) => ({ cpuCores: advisedCores(container) }),
  summaryOf: (container) =>
    `${formatCpuQuantity(container.cpuRequestCores ?? 0)} → ${formatCpuQuantity(advisedCores(container))} cores`,
  evidenceOf(container, window) {
    const of = container.role ?? container.name;
    const evidence = (metric: string, value: number | null) => ({
      metric: `${metric} (${of})`,
      value,
      unit: 'cores',
      window,
      samples: container.cpuSamples,
    });
    return [
      evidence('CPU request', container.cpuRequestCores),
      evidence('CPU usage p95', container.cpuP95Cores),
      evidence('CPU usage peak', container.cpuMaxCores),
    ];
  },
  backtestOf: ({ cpuRequestCores, cpuSize }) =>
    cpuSize && cpuSize.cores > (cpuRequestCores ?? 0) ? cpuSize.backtest : null,
  consequence: 'when its neighbours are busy too, it gets its request and no more.',
};

export const cpuUnderRequested = defineRule({
  id: 'sizing/cpu-under-requested',
  title: 'CPU use above the request',
  severity: 'warning',
  ledger: null,
  needs: { profiles: workloadProfiles },
  parameters,
  *evaluate({ facts, parameters: { maxShare }, window }) {
    for (const profile of facts.profiles) yield evaluateUnderRequested(profile, CPU, maxShare, window);
  },
});
