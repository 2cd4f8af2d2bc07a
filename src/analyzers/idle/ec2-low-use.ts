import { z } from 'zod';
import type { Evaluation, Evidence, Subject } from '../../model/finding.js';
import { DAY_MS, formatTime, HOURS_PER_MONTH, type Window } from '../../model/window.js';
import type { InstanceDay } from '../../store/machines.js';
import { type AccountInstance, accountInstances } from '../derived/account-instances.js';
import { instanceUse } from '../derived/instance-use.js';
import { median } from '../derived/numbers.js';
import { defineRule } from '../rule.js';

const MB = 1e6;

const parameters = z.object({
  cpuPercent: z.number().min(0).max(100).default(10).describe('mean CPU of a day up to which it was little used'),
  networkMBPerDay: z.number().min(0).default(5).describe('traffic of a day, both directions, up to which it was'),
  days: z.int().min(1).default(4).describe('days of the last fourteen on which both held'),
  leastSamples: z.int().min(1).default(72).describe('samples that a day needs to count'),
});
type Settings = z.infer<typeof parameters>;

const TITLE = 'Little used instance';

function finding(instance: AccountInstance, known: readonly InstanceDay[], low: number, window: Window): Evaluation {
  const { id, region, instanceType, lifecycle, price, tags } = instance;
  const name = tags.Name ? ` '${tags.Name}'` : '';
  const evidence = (metric: string, value: Evidence['value'], unit: string): Evidence => ({
    metric,
    value,
    unit,
    window: { sinceMs: known[0]?.dayMs ?? window.sinceMs, untilMs: (known.at(-1)?.dayMs ?? window.untilMs) + DAY_MS },
    samples: known.length,
  });
  const verb = lifecycle === 'spot' ? 'terminate-instances' : 'stop-instances';
  return {
    state: 'finding',
    subject: { kind: 'EC2Instance', name: id },
    title: `${instanceType}${name} did next to nothing on ${low} of ${known.length} days`,
    evidence: [
      evidence('days of little use', low, 'days'),
      evidence('CPU of a day, median', (median(known.map(({ cpuShare }) => cpuShare)) ?? 0) * 100, '%'),
      evidence('traffic of a day, median', median(known.map(({ networkBytes }) => networkBytes)) ?? 0, 'bytes'),
      evidence(
        `${lifecycle} price${price ? ` (${price.source}, ${formatTime(price.asOfMs)})` : ''}`,
        price?.usd ?? null,
        'USD/hour',
      ),
    ],
    impact: { usdPerMonth: price ? price.usd * HOURS_PER_MONTH : null },
    confidence: {
      value: low === known.length ? 0.8 : 0.6,
      why: `node-exporter was read on ${known.length} of 14 days; memory and disk were not looked at`,
    },
    recommendation: {
      summary: 'Ask its owner, then stop it, or move its work to a smaller type or into the cluster.',
      risk: 'A machine that waits for rare work does little too.',
      patches: [
        {
          format: 'aws-cli',
          target: `EC2Instance ${id}`,
          content: `aws ec2 ${verb} --region ${region} --instance-ids ${id}`,
        },
      ],
      backtest: null,
    },
  };
}

function judge(
  instance: AccountInstance,
  days: readonly InstanceDay[],
  settings: Settings,
  window: Window,
): Evaluation {
  const subject: Subject = { kind: 'EC2Instance', name: instance.id };
  if (instance.state !== 'running')
    return { state: 'not-applicable', subject, title: `${TITLE}: it is ${instance.state}` };
  if (instance.clusterSign)
    return { state: 'not-applicable', subject, title: `${TITLE}: it is ${instance.clusterSign}` };
  const known = days.filter(({ samples }) => samples >= settings.leastSamples);
  if (known.length < settings.days) {
    const title = `${TITLE}: node-exporter told of ${known.length} of the ${settings.days} days that are needed`;
    return { state: 'insufficient-data', subject, title };
  }
  const low = known.filter(
    ({ cpuShare, networkBytes }) =>
      cpuShare * 100 <= settings.cpuPercent && networkBytes <= settings.networkMBPerDay * MB,
  ).length;
  if (low >= settings.days) return finding(instance, known, low, window);
  return { state: 'ok', subject, title: `It worked: little use on ${low} of ${known.length} days` };
}

export const idleEc2LowUse = defineRule({
  id: 'idle/ec2-low-use',
  title: 'Instance that does next to nothing',
  severity: 'warning',
  ledger: 'idle',
  needs: { account: accountInstances, use: instanceUse },
  parameters,
  *evaluate({ facts, parameters: settings, window }) {
    for (const instance of facts.account.instances)
      yield judge(instance, facts.use.get(instance.id) ?? [], settings, window);
  },
});
