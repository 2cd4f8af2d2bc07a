import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { formatCpuQuantity, formatMemoryQuantity } from '../../model/quantity.js';
import { DAY_MS, type Window } from '../../model/window.js';
import { sizePatches } from '../../recommend/size-patch.js';
import { type DailyUse, type Growth, growthOf, type Singleton, singletons } from '../derived/growth.js';
import { evidenceOf, notJudged } from '../derived/posture.js';
import { type WorkloadProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  days: z.number().int().min(4).default(7).describe('least whole days of use'),
  leastGrowth: z.number().positive().default(0.2).describe('growth over the days, of the first of them'),
  leastTau: z.number().min(0).max(1).default(0.8).describe('Kendall’s τ of daily means and time: how steady it is'),
  aheadDays: z.number().positive().default(30).describe('days of growth that the advised size has room for'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Growth';

interface Grown {
  use: DailyUse;
  growth: Growth;
}

function grown(one: Singleton, settings: Settings, window: Window): { found: Grown[]; days: number } {
  const uses = one.uses(window);
  const found = uses.flatMap((use) => {
    const growth = use.days.length >= settings.days ? growthOf(use.days) : undefined;
    const steady = growth && growth.tau >= settings.leastTau && growth.share >= settings.leastGrowth;
    return steady ? [{ use, growth }] : [];
  });
  return { found, days: Math.max(0, ...uses.map(({ days }) => days.length)) };
}

/** What its request leaves no room for. */
function outgrowing(all: readonly Grown[], profile: WorkloadProfile | undefined, settings: Settings): Grown[] {
  return all.filter((each) => {
    const own = profile?.containers.find(({ name }) => name === each.use.container);
    const request = each.use.resource === 'CPU' ? own?.cpuRequestCores : own?.memoryRequestBytes;
    return ahead(each, settings) > (request ?? 0);
  });
}

function ahead({ use, growth }: Grown, { aheadDays }: Settings): number {
  return (use.days.at(-1)?.value ?? 0) + growth.perDay * aheadDays;
}

function quantity(resource: DailyUse['resource'], value: number): string {
  return resource === 'CPU' ? `${formatCpuQuantity(value)} cores` : formatMemoryQuantity(value);
}

function findingOf(one: Singleton, all: readonly Grown[], settings: Settings, window: Window): Evaluation {
  const { workload, bound } = one;
  const [first] = all;
  const evidence = evidenceOf(window);
  const text = all
    .map(({ use, growth }) => `${use.resource} of ${use.container} by ${Math.round(growth.share * 100)} %`)
    .join(', ');
  const advice = all
    .map((each) => `${each.use.container} ${quantity(each.use.resource, ahead(each, settings))}`)
    .join(', ');
  return {
    state: 'finding',
    subject: workload.subject,
    title: `One replica that grows in ${first?.use.days.length ?? 0} days (${text}), and ${bound}`,
    evidence: all.flatMap(({ use, growth }) => {
      const unit = use.resource === 'CPU' ? 'cores' : 'bytes';
      const [name, count] = [`${use.resource} (${use.container})`, use.days.length];
      return [
        evidence(`${name}, mean of the first day`, use.days.at(0)?.value ?? null, unit, count),
        evidence(`${name}, mean of the last day`, use.days.at(-1)?.value ?? null, unit, count),
        evidence(`${name}, growth`, growth.perDay, `${unit}/day`, count),
        evidence(`${name}, Kendall’s τ`, growth.tau, '', count),
      ];
    }),
    confidence: { value: 0.7, why: 'a steady trend of daily means; what makes it grow is not known' },
    recommendation: {
      summary: `Let a VerticalPodAutoscaler size it, or give it room for ${settings.aheadDays} days: ${advice}.`,
      risk: 'A leak grows as well: then it is to be mended and not to be fed. A change of size restarts its only replica.',
      patches: sizePatches(
        workload.row,
        all.map((each) => ({
          container: each.use.container,
          role: null,
          ...(each.use.resource === 'CPU'
            ? { cpuCores: ahead(each, settings) }
            : { memoryBytes: ahead(each, settings) }),
        })),
      ),
      backtest: null,
    },
  };
}

export const verticalCandidate = defineRule({
  id: 'autoscaling/vertical-candidate',
  title: 'Single replica that grows and cannot scale out',
  severity: 'info',
  ledger: null,
  needs: { singletons, profiles: workloadProfiles },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const one of facts.singletons) {
      const { workload, bound, scaledBy } = one;
      const { subject } = workload;
      const not = notJudged(workload, TITLE);
      if (not) yield not;
      else if (scaledBy) yield { state: 'not-applicable', subject, title: `${TITLE}: ${scaledBy} scales it out` };
      else if (!bound)
        yield { state: 'not-applicable', subject, title: `${TITLE}: nothing keeps it from running twice` };
      else {
        const { found, days } = grown(one, settings, window);
        const profile = facts.profiles.find(({ row }) => row.id === workload.row.id);
        const tooLarge = outgrowing(found, profile, settings);
        if (tooLarge.length > 0) yield findingOf(one, tooLarge, settings, window);
        else if (found.length > 0)
          yield {
            state: 'ok',
            subject,
            title: `It grows, and its requests have room for ${settings.aheadDays} days of it`,
          };
        else if (days < settings.days)
          yield {
            state: 'insufficient-data',
            subject,
            title: `${TITLE}: needs ${settings.days} whole days of use in ${Math.round((window.untilMs - window.sinceMs) / DAY_MS)}, has ${days}`,
          };
        else yield { state: 'ok', subject, title: 'It does not grow steadily' };
      }
    }
  },
});
