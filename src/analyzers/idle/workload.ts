import { stringify } from 'yaml';
import { z } from 'zod';
import type { Evaluation, Patch } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { DAY_MS, HOUR_MS, type Window } from '../../model/window.js';
import { type Spend, spend } from '../../pricing/spend.js';
import { type WorkloadProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  days: z.number().positive().default(2).describe('how long it must have been idle, up to the end of the window'),
  cpuShare: z.number().positive().default(0.01).describe('CPU use below this share of the request'),
  cpuCores: z.number().positive().default(0.01).describe('and below this many cores per pod'),
  networkBytesPerSecond: z
    .number()
    .positive()
    .default(500)
    .describe('and network traffic below this per pod, both directions'),
});
type Settings = z.infer<typeof parameters>;

/** A window counts as covered from 95 % (RULES). */
const COVERED = 0.95;
/** One hour of real work shows: no hour may be this many times above the threshold. */
const PEAK_FACTOR = 3;
const REPLICA_KINDS: Record<string, string> = { Deployment: 'apps/v1', StatefulSet: 'apps/v1', ReplicaSet: 'apps/v1' };

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function requestOf(profile: WorkloadProfile): number | null {
  const requests = profile.containers
    .map((container) => container.cpuRequestCores)
    .filter((request) => request !== null);
  return requests.length > 0 ? requests.reduce((sum, request) => sum + request, 0) : null;
}

/** Scaling to zero keeps the object; what cannot be scaled is left to a person. */
function patchesOf({ row }: WorkloadProfile): Patch[] {
  const target = `${row.kind} ${row.namespace}/${row.name}`;
  const apiVersion = REPLICA_KINDS[row.kind];
  if (!apiVersion) return [{ format: 'text', target, content: `Delete or stop ${target} once its owner agrees.` }];
  const content = stringify({
    apiVersion,
    kind: row.kind,
    metadata: { name: row.name, namespace: row.namespace },
    spec: { replicas: 0 },
  });
  return [{ format: 'kubernetes', target, content }];
}

interface Idleness {
  cpuCores: number;
  peakCores: number;
  thresholdCores: number;
  /** Null without network data. */
  networkBytesPerSecond: number | null;
  hours: number;
}

function measure(profile: WorkloadProfile, since: number, settings: Settings): Idleness {
  const cpu = profile.cpuHoursSince(since).map((hour) => hour.coresPerPod);
  const network = profile.networkHours.filter((hour) => hour.hourMs >= since).map((hour) => hour.bytesPerSecondPerPod);
  const request = requestOf(profile);
  return {
    cpuCores: cpu.length > 0 ? mean(cpu) : Number.NaN,
    peakCores: Math.max(...cpu),
    thresholdCores: Math.min(
      settings.cpuCores,
      request === null || request === 0 ? Number.POSITIVE_INFINITY : request * settings.cpuShare,
    ),
    networkBytesPerSecond: network.length >= cpu.length * COVERED && network.length > 0 ? mean(network) : null,
    hours: cpu.length,
  };
}

function isIdle({ cpuCores, peakCores, thresholdCores, networkBytesPerSecond }: Idleness, settings: Settings): boolean {
  const quiet = networkBytesPerSecond === null || networkBytesPerSecond < settings.networkBytesPerSecond;
  return cpuCores < thresholdCores && peakCores < thresholdCores * PEAK_FACTOR && quiet;
}

function found(
  profile: WorkloadProfile,
  idle: Idleness,
  window: Window,
  { facts, days }: { facts: { spend: Spend }; days: number },
): Evaluation {
  const own = facts.spend.workloads.get(profile.row.id);
  const { hoursCovered, toMonth } = facts.spend;
  const meanOf = (hours: number | undefined) => (hours !== undefined && hoursCovered > 0 ? hours / hoursCovered : null);
  const seen = idle.networkBytesPerSecond !== null;
  const evidence = (metric: string, value: number | null, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples: idle.hours,
  });
  return {
    state: 'finding',
    subject: profile.subject,
    title: `Idle for ${days} days: ${(idle.cpuCores * 1000).toFixed(1)} m CPU${seen ? `, ${Math.round(idle.networkBytesPerSecond ?? 0)} B/s network` : ''} per pod`,
    evidence: [
      evidence('CPU usage mean per pod', idle.cpuCores, 'cores'),
      evidence('CPU usage, busiest hour, per pod', idle.peakCores, 'cores'),
      evidence('CPU request per pod', requestOf(profile), 'cores'),
      evidence('network per pod, both directions', idle.networkBytesPerSecond, 'B/s'),
    ],
    impact: {
      usdPerMonth: own && own.pricedHours > 0 && toMonth !== null ? own.usd * toMonth : null,
      freedCpuCores: meanOf(own?.cpuRequestCoreHours),
      freedMemoryBytes: meanOf(own && own.memoryRequestGibHours * GIB),
    },
    confidence: seen
      ? { value: 0.9, why: 'no CPU and no network traffic worth the name' }
      : { value: 0.6, why: 'CPU alone: there is no network data' },
    recommendation: {
      summary: 'Scale it to zero, and delete it if nobody misses it.',
      risk: 'Something rare may need it: ask its owner.',
      patches: patchesOf(profile),
      backtest: null,
    },
  };
}

export const idleWorkload = defineRule({
  id: 'idle/workload',
  title: 'Idle workload',
  severity: 'warning',
  ledger: 'idle',
  needs: { profiles: workloadProfiles, spend },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    const since = window.untilMs - settings.days * DAY_MS;
    const needed = ((settings.days * DAY_MS) / HOUR_MS) * COVERED;
    for (const profile of facts.profiles) {
      const { subject, measured } = profile;
      const idle = measure(profile, since, settings);
      if (profile.system) yield { state: 'not-applicable', subject, title: 'Idle: a part of the cluster itself' };
      else if (measured && measured.untilMs < window.untilMs - DAY_MS)
        yield { state: 'not-applicable', subject, title: 'Idle: no pod of it ran in the last day' };
      else if (isIdle(idle, settings) && idle.hours >= needed)
        yield found(profile, idle, { sinceMs: since, untilMs: window.untilMs }, { facts, days: settings.days });
      else if (idle.hours < needed)
        yield {
          state: 'insufficient-data',
          subject,
          title: `Idle: needs ${settings.days} days of CPU use up to now, has ${idle.hours} h`,
        };
      else yield { state: 'ok', subject, title: 'It works' };
    }
  },
});
