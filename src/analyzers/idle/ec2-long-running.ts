import { z } from 'zod';
import type { Evaluation, Subject } from '../../model/finding.js';
import { DAY_MS, formatTime, HOURS_PER_MONTH, type Window } from '../../model/window.js';
import { formatCount, formatUsdPerHour } from '../../reports/format.js';
import { type AccountInstance, type AccountInstances, accountInstances } from '../derived/account-instances.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  days: z.number().positive().default(7).describe('how long an instance may run before it must be explained'),
});

function patchOf({ id, region, lifecycle }: AccountInstance): string {
  // A one-time spot instance cannot be stopped.
  const verb = lifecycle === 'spot' ? 'terminate-instances' : 'stop-instances';
  return `aws ec2 ${verb} --region ${region} --instance-ids ${id}`;
}

function finding(instance: AccountInstance, facts: AccountInstances, days: number, window: Window): Evaluation {
  const { id, instanceType, lifecycle, zone, price, tags, launchedMs } = instance;
  const name = tags.Name ? ` '${tags.Name}'` : '';
  const usdPerMonth = price ? price.usd * HOURS_PER_MONTH : null;
  const evidence = (metric: string, value: number | string | null, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples: 1,
  });
  const { key, value } = facts.keepTag;
  return {
    state: 'finding',
    subject: { kind: 'EC2Instance', name: id },
    title: `${instanceType}${name} has been running for ${formatCount(Math.floor(days), 'day')} outside any known cluster`,
    evidence: [
      evidence('running since', formatTime(launchedMs ?? window.untilMs), ''),
      evidence('running for', days, 'days'),
      evidence(
        `${lifecycle} price${price ? ` (${price.source}, ${formatTime(price.asOfMs)})` : ''}`,
        price?.usd ?? null,
        'USD/hour',
      ),
      evidence('zone', zone, ''),
    ],
    impact: { usdPerMonth },
    confidence: facts.nodesKnown
      ? {
          value: 0.8,
          why: 'it is no node of a cluster that was read and has no tag of one; what runs on it is not known',
        }
      : { value: 0.5, why: 'no cluster was read, so that only the missing tags say that it is no node' },
    recommendation: {
      summary: `Stop it, or tag it ${key}=${value} if it is meant to stay${price ? ` (${formatUsdPerHour(price.usd)})` : ''}.`,
      risk: 'Whoever uses it loses it; what is on instance store is gone. Its volumes stay and are still billed.',
      patches: [{ format: 'aws-cli', target: `EC2Instance ${id}`, content: patchOf(instance) }],
      backtest: null,
    },
  };
}

function evaluateInstance(
  instance: AccountInstance,
  facts: AccountInstances,
  window: Window,
  days: number,
): Evaluation {
  const subject: Subject = { kind: 'EC2Instance', name: instance.id };
  const { state, clusterSign, tags, launchedMs } = instance;
  const { key, value } = facts.keepTag;
  if (state !== 'running') return { state: 'not-applicable', subject, title: `Long-running instance: it is ${state}` };
  if (clusterSign) return { state: 'not-applicable', subject, title: `Long-running instance: it is ${clusterSign}` };
  if (key !== '' && tags[key] === value)
    return { state: 'not-applicable', subject, title: `Long-running instance: tagged ${key}=${value}` };
  if (launchedMs === null)
    return { state: 'insufficient-data', subject, title: 'Long-running instance: its launch time is not known' };
  const runningDays = (window.untilMs - launchedMs) / DAY_MS;
  if (runningDays > days) return finding(instance, facts, runningDays, window);
  return { state: 'ok', subject, title: `Running for ${runningDays.toFixed(1)} days, up to ${days} are fine` };
}

export const idleEc2LongRunning = defineRule({
  id: 'idle/ec2-long-running',
  title: 'Instance that nobody stopped',
  severity: 'warning',
  ledger: 'idle',
  needs: { account: accountInstances },
  parameters,
  *evaluate({ facts, parameters: { days }, window }): Iterable<Evaluation> {
    for (const instance of facts.account.instances) yield evaluateInstance(instance, facts.account, window, days);
  },
});
