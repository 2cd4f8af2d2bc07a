import { z } from 'zod';
import type { Evaluation, Patch } from '../../model/finding.js';
import { formatCpuQuantity } from '../../model/quantity.js';
import type { Window } from '../../model/window.js';
import { podPatch, sparkPatch } from '../../recommend/posture-patch.js';
import {
  type ContainerProfile,
  THROTTLED_SHARE,
  type WorkloadProfile,
  workloadProfiles,
} from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  containerHours: z
    .number()
    .positive()
    .default(1)
    .describe('fires from so many container-hours throttled in more than 25 % of their periods'),
  mostFactor: z.number().min(1).default(4).describe('advised limit: at most this times the present one'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'CPU throttling';

/**
 * What it would have used is not known, as it was held back: the share of periods that ran into the limit in the worst
 * hour says by how much to raise it before measuring again.
 */
function advisedCores({ cpuLimitCores, mostThrottledShare }: ContainerProfile, { mostFactor }: Settings): number {
  const share = Math.min(mostThrottledShare ?? 0, 1 - 1 / mostFactor);
  return (cpuLimitCores ?? 0) / (1 - share);
}

function patchOf({ row, spark }: WorkloadProfile, throttled: readonly ContainerProfile[], settings: Settings): Patch {
  const quantity = (container: ContainerProfile) => formatCpuQuantity(advisedCores(container, settings));
  if (!spark)
    return podPatch(
      { ...row, apiVersion: null },
      { containers: throttled.map((one) => ({ name: one.name, resources: { limits: { cpu: quantity(one) } } })) },
    );
  const roles = throttled.flatMap((one) => (one.role ? [[one.role, quantity(one)] as const] : []));
  return sparkPatch(
    { ...row, apiVersion: row.spec === null ? null : 'sparkoperator.k8s.io/v1beta2' },
    {
      spec: Object.fromEntries(roles.map(([role, cpu]) => [role, { coreLimit: cpu }])),
      conf: Object.fromEntries(roles.map(([role, cpu]) => [`spark.kubernetes.${role}.limit.cores`, cpu])),
    },
  );
}

function percent(share: number | null): number {
  return Math.round((share ?? 0) * 1000) / 10;
}

function found(
  profile: WorkloadProfile,
  throttled: readonly ContainerProfile[],
  window: Window,
  settings: Settings,
): Evaluation {
  const names = throttled.map((one) => `${one.role ?? one.name} ${percent(one.throttledShare)} %`).join(', ');
  const change = throttled
    .map(
      (one) =>
        `${one.role ?? one.name} ${formatCpuQuantity(one.cpuLimitCores ?? 0)} → ${formatCpuQuantity(advisedCores(one, settings))}`,
    )
    .join(', ');
  return {
    state: 'finding',
    subject: profile.subject,
    title: `Held back at its CPU limit in a share of its periods: ${names}`,
    evidence: throttled.flatMap((one) => {
      const of = one.role ?? one.name;
      const evidence = (metric: string, value: number | null, unit: string) => ({
        metric: `${metric} (${of})`,
        value,
        unit,
        window,
        samples: one.cpuSamples,
      });
      return [
        evidence('throttled share of all periods', percent(one.throttledShare), '%'),
        evidence('throttled share in the worst hour', percent(one.mostThrottledShare), '%'),
        evidence(`container-hours above ${THROTTLED_SHARE * 100} %`, one.throttledHours, 'h'),
        evidence('CPU limit', one.cpuLimitCores, 'cores'),
        evidence('CPU usage p95', one.cpuP95Cores, 'cores'),
      ];
    }),
    confidence: { value: 0.9, why: 'periods were counted by the kernel, not sampled' },
    recommendation: {
      summary: `Raise the CPU limit (${change} cores), or drop it: the request alone gives it its share.`,
      risk: 'It uses more CPU when it may: neighbours that live above their request get less.',
      patches: [patchOf(profile, throttled, settings)],
      backtest: null,
    },
  };
}

export const cpuThrottled = defineRule({
  id: 'sizing/cpu-throttled',
  title: 'CPU throttled at its limit',
  severity: 'warning',
  ledger: null,
  needs: { profiles: workloadProfiles },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const profile of facts.profiles) {
      const { subject, system, containers } = profile;
      const limited = containers.filter((one) => one.cpuLimitCores !== null);
      const throttled = limited
        .filter((one) => (one.throttledHours ?? 0) >= settings.containerHours)
        .sort((a, b) => (b.throttledShare ?? 0) - (a.throttledShare ?? 0));
      if (system) yield { state: 'not-applicable', subject, title: `${TITLE}: a part of the cluster itself` };
      else if (throttled.length > 0) yield found(profile, throttled, profile.measured ?? window, settings);
      else if (limited.length === 0 && containers.some((one) => !one.resourcesKnown))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: its limits were not read` };
      else if (limited.length === 0)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it has no CPU limit to run into` };
      else if (profile.tooLittle)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: ${profile.tooLittle}` };
      else if (limited.some((one) => one.throttledHours === null))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: throttled periods were not measured` };
      else yield { state: 'ok', subject, title: 'It is not held back by its CPU limit' };
    }
  },
});
