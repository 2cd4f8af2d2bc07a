import { z } from 'zod';
import { formatCpuQuantity } from '../../model/quantity.js';
import { spend } from '../../pricing/spend.js';
import { withCurrent } from '../../recommend/backtest-series.js';
import { type CpuSize, roundUpCores } from '../../recommend/size-cpu.js';
import { autoscalers, targetsOf } from '../derived/autoscalers.js';
import { type StartSpike, startSpikes } from '../derived/start-spikes.js';
import { type ContainerProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';
import { evaluateOverRequested, historyConfidence, type OverRequested } from './over-requested.js';

const parameters = z.object({
  maxShare: z
    .number()
    .positive()
    .max(1)
    .default(0.8)
    .describe('fires when the advised request is at most this share of the present one'),
  leastSavingCores: z.number().min(0).default(0.1).describe('and at least this many cores smaller'),
});

type Settings = z.infer<typeof parameters>;

/**
 * The size, but no less than keeps an autoscaler on CPU where it is: it compares use with the request, so a request that
 * p95 of use fills to more than its target would only add pods.
 */
function sizeFor(
  { cpuSize: size, cpuP95Cores: busy }: ContainerProfile,
  target: number | undefined,
): CpuSize | undefined {
  if (!size || target === undefined || busy === null) return size;
  const cores = roundUpCores((busy * 100) / target);
  return cores > size.cores ? { ...size, cores, how: `p95 of use at ${target} %, the autoscaler's target` } : size;
}

function isMuchSmaller(
  request: number | null,
  size: CpuSize | undefined,
  { maxShare, leastSavingCores }: Settings,
): size is CpuSize {
  // 1e-9: 0.8 × 0.5 cores must not fail for a bit of floating point.
  return (
    request !== null &&
    size !== undefined &&
    size.cores <= maxShare * request + 1e-9 &&
    request - size.cores >= leastSavingCores - 1e-9
  );
}

type SpikeOf = (container: ContainerProfile) => StartSpike | undefined;

/** Starts last for minutes and weigh little in use: they are told, and do not make the request. */
function startRisk(of: string, { cores, starts }: StartSpike): string {
  return `${of} took ${cores.toFixed(2)} cores at its starts (median of ${starts}) and less than half of that later: with a smaller request a start is slower on a full node, which probes have to allow for.`;
}

/** `target`: the share of the request, in per cent, at which an autoscaler adds pods. */
function cpu(settings: Settings, target: number | undefined, spikeOf: SpikeOf): OverRequested {
  return {
    resource: 'CPU',
    risk: 'Use above the request is served only while the node has cores to spare; a CPU limit stays as it is.',
    hasRequest: (container) => container.cpuRequestCores !== null && container.cpuRequestCores > 0,
    isSized: (container) => container.cpuSize !== undefined,
    forbids: () => undefined,
    failedBacktest(container) {
      const size = sizeFor(container, target);
      return isMuchSmaller(container.cpuRequestCores, size, settings) && !size.backtest.passed
        ? `a smaller CPU request failed its backtest: ${size.backtest.summary}`
        : undefined;
    },
    oversizeOf(container, window) {
      const { cpuRequestCores: request, cpuSamples: samples } = container;
      const size = sizeFor(container, target);
      if (request === null || !isMuchSmaller(request, size, settings) || !size.backtest.passed) return undefined;
      const of = container.role ?? container.name;
      const evidence = (metric: string, value: number | null) => ({
        metric: `${metric} (${of})`,
        value,
        unit: 'cores',
        window,
        samples,
      });
      const spike = spikeOf(container);
      const isTold = spike !== undefined && spike.cores > size.cores;
      return {
        container,
        change: { container: container.name, role: container.role, cpuCores: size.cores },
        recommendation: { backtest: withCurrent(size.backtest, request) },
        freed: container.cpuChargedCores(request) - container.cpuChargedCores(size.cores),
        summary: `${formatCpuQuantity(request)} → ${formatCpuQuantity(size.cores)} cores`,
        evidence: [
          evidence('CPU request', request),
          evidence('CPU usage p95', container.cpuP95Cores),
          evidence('CPU usage peak', container.cpuMaxCores),
          ...(isTold ? [evidence(`CPU at start, median of ${spike.starts} starts`, spike.cores)] : []),
          evidence(`advised request, ${size.how}`, size.cores),
        ],
        ...(isTold ? { risk: startRisk(of, spike) } : {}),
      };
    },
    impactOf: (freedCpuCores, usdPerMonth) => ({ freedCpuCores, usdPerMonth }),
    unitUsd: (own) => (own.pricedHours > 0 ? own.cpuPriceHours / own.pricedHours : null),
    confidence: (profile) => historyConfidence(profile, 0.95),
  };
}

export const cpuOverRequested = defineRule({
  id: 'sizing/cpu-over-requested',
  title: 'CPU request far above use',
  severity: 'warning',
  ledger: 'size',
  needs: { profiles: workloadProfiles, spend, autoscalers, starts: startSpikes },
  parameters,
  *evaluate({ facts, parameters: settings }) {
    const targets = targetsOf(facts.autoscalers, 'cpu');
    for (const profile of facts.profiles) {
      const { id } = profile.row;
      const rule = cpu(settings, targets.get(id), (container) => facts.starts(id, container));
      yield evaluateOverRequested(profile, rule, facts.spend);
    }
  },
});
