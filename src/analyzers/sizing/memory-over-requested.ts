import { z } from 'zod';
import type { Evidence } from '../../model/finding.js';
import { formatMemoryQuantity, GIB, MIB } from '../../model/quantity.js';
import { spend } from '../../pricing/spend.js';
import { withCurrent } from '../../recommend/backtest-series.js';
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
  leastSavingMib: z.number().min(0).default(100).describe('and at least this many MiB smaller'),
});

/** A JVM keeps the heap it once took, so a Spark pod's working set says little of what it needs (KRR #367). */
const JVM_CONFIDENCE = 0.7;

function isMuchSmaller(container: ContainerProfile, { maxShare, leastSavingMib }: z.infer<typeof parameters>): boolean {
  const { memoryRequestBytes: request, memorySize: size } = container;
  return (
    request !== null &&
    size !== undefined &&
    size.bytes <= maxShare * request &&
    request - size.bytes >= leastSavingMib * MIB
  );
}

type Say = (metric: string, value: number | null) => Evidence;

/** What its JVM may take, used yet or not. */
function heapEvidence({ jvmHeap, memoryLimitBytes: limit }: ContainerProfile, evidence: Say): Evidence[] {
  if (!jvmHeap) return [];
  const { bytes, percent } = jvmHeap;
  if (bytes !== null) return [evidence('JVM heap, fixed', bytes)];
  const share = limit === null || percent === null ? null : (limit * percent) / 100;
  return [evidence(`JVM heap, ${percent} % of the limit`, share)];
}

function memory(settings: z.infer<typeof parameters>): OverRequested {
  return {
    resource: 'memory',
    risk: 'Memory cannot be taken back: use above the new limit ends in an OOM kill.',
    hasRequest: (container) => container.memoryRequestBytes !== null && container.memoryRequestBytes > 0,
    isSized: (container) => container.memorySize !== undefined,
    forbids: (profile) =>
      profile.containers.some((container) => container.oomKills > 0)
        ? 'it was OOM-killed in the window, so it gets no less'
        : undefined,
    failedBacktest: (container) =>
      isMuchSmaller(container, settings) && container.memorySize?.backtest.passed === false
        ? `a smaller memory request failed its backtest: ${container.memorySize.backtest.summary}`
        : undefined,
    oversizeOf(container, window) {
      const { memoryRequestBytes: request, memorySize: size, memorySamples: samples } = container;
      if (request === null || !size?.backtest.passed || !isMuchSmaller(container, settings)) return undefined;
      const of = container.role ?? container.name;
      const evidence = (metric: string, value: number | null) => ({
        metric: `${metric} (${of})`,
        value,
        unit: 'bytes',
        window,
        samples,
      });
      return {
        container,
        change: { container: container.name, role: container.role, memoryBytes: size.bytes },
        recommendation: { backtest: withCurrent(size.backtest, request) },
        freed: request - size.bytes,
        summary: `${formatMemoryQuantity(request)} → ${formatMemoryQuantity(size.bytes)}`,
        evidence: [
          evidence('memory request', request),
          evidence('working set mean', container.memoryMeanBytes),
          evidence('working set peak', container.memoryMaxBytes),
          ...heapEvidence(container, evidence),
          evidence(`advised request, ${size.how}`, size.bytes),
        ],
      };
    },
    impactOf: (freedMemoryBytes, usdPerMonth) => ({ freedMemoryBytes, usdPerMonth }),
    unitUsd: (own) => (own.pricedHours > 0 ? own.memoryPriceHours / own.pricedHours / GIB : null),
    confidence(profile) {
      const { value, why } = historyConfidence(profile, 0.95);
      return profile.spark
        ? {
            value: Math.min(value, JVM_CONFIDENCE),
            why: `${why}; a JVM keeps heap it no longer needs: event logs would tell`,
          }
        : { value, why };
    },
  };
}

export const memoryOverRequested = defineRule({
  id: 'sizing/memory-over-requested',
  title: 'Memory request far above use',
  severity: 'warning',
  ledger: 'size',
  needs: { profiles: workloadProfiles, spend },
  parameters,
  *evaluate({ facts, parameters: settings }) {
    const rule = memory(settings);
    for (const profile of facts.profiles) yield evaluateOverRequested(profile, rule, facts.spend);
  },
});
