import { z } from 'zod';
import type { Evaluation, Subject } from '../../model/finding.js';
import { DAY_MS, formatTime, type Window } from '../../model/window.js';
import { accountInstances } from '../derived/account-instances.js';
import {
  type AccountVolume,
  accountVolumes,
  type StateAge,
  sizeBytes,
  sizeText,
  stateAge,
} from '../derived/account-volumes.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  days: z.number().positive().default(7).describe('how long it must have been attached to nothing'),
});

function commandsFor({ id, region, claim }: AccountVolume): string {
  if (claim) return `kubectl delete persistentvolumeclaim --namespace ${claim.namespace} ${claim.name}`;
  return `aws ec2 create-snapshot --region ${region} --volume-id ${id}\naws ec2 delete-volume --region ${region} --volume-id ${id}`;
}

function finding(volume: AccountVolume, subject: Subject, age: StateAge, days: number, window: Window): Evaluation {
  const { tags, price, claim, createdMs, stateSinceMs } = volume;
  const seen = age.atLeastDays >= days;
  const name = tags.Name ? ` '${tags.Name}'` : '';
  const since = seen
    ? `for ${Math.floor(age.atLeastDays)} days`
    : `now; it is ${Math.floor(age.atMostDays ?? 0)} days old`;
  const evidence = (metric: string, value: number | string | null, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples: 1,
  });
  return {
    state: 'finding',
    subject,
    title: `${sizeText([volume])} ${volume.volumeType}${name} attached to nothing ${since}`,
    evidence: [
      evidence('size', sizeBytes([volume]), 'bytes'),
      evidence('seen available since', formatTime(stateSinceMs), ''),
      evidence('created', createdMs === null ? null : formatTime(createdMs), ''),
      evidence(
        `price of ${volume.volumeType}${price ? ` (${price.source}, ${formatTime(price.asOfMs)})` : ''}`,
        price?.usd ?? null,
        'USD/GiB-month',
      ),
      ...(claim ? [evidence('claim', `${claim.namespace}/${claim.name}`, '')] : []),
    ],
    impact: { usdPerMonth: volume.usdPerMonth },
    confidence: seen
      ? { value: 0.9, why: `seen attached to nothing for ${age.atLeastDays.toFixed(1)} days` }
      : {
          value: 0.6,
          why: 'AWS does not tell since when it is attached to nothing; it was seen so only once or shortly',
        },
    recommendation: {
      summary: 'Take a snapshot if the data may be needed, then delete it.',
      risk: 'A deleted volume is gone; something that attaches it now and then (a restore, a yearly job) may still need it.',
      patches: [{ format: claim ? 'text' : 'aws-cli', target: `EBSVolume ${volume.id}`, content: commandsFor(volume) }],
      backtest: null,
    },
  };
}

function evaluateVolume(
  volume: AccountVolume,
  keepTag: { key: string; value: string },
  window: Window,
  days: number,
): Evaluation {
  const subject: Subject = { kind: 'EBSVolume', name: volume.id };
  const { state, attachedTo, claim, tags } = volume;
  if (state === 'in-use') return { state: 'ok', subject, title: `Attached${attachedTo ? ` to ${attachedTo}` : ''}` };
  if (state !== 'available') return { state: 'not-applicable', subject, title: `Unattached volume: it is ${state}` };
  if (keepTag.key !== '' && tags[keepTag.key] === keepTag.value)
    return { state: 'not-applicable', subject, title: `Unattached volume: tagged ${keepTag.key}=${keepTag.value}` };
  const mountedMs = claim?.lastMountedMs ?? null;
  if (mountedMs !== null && window.untilMs - mountedMs < days * DAY_MS)
    return { state: 'ok', subject, title: `A pod mounted it until about ${formatTime(mountedMs)}` };
  const age = stateAge(volume, volume.createdMs, window.untilMs);
  if (age.atMostDays !== null && age.atMostDays < days)
    return {
      state: 'ok',
      subject,
      title: `Attached to nothing for at most ${age.atMostDays.toFixed(1)} days, up to ${days} are fine`,
    };
  if (age.atMostDays === null && age.atLeastDays < days)
    return { state: 'insufficient-data', subject, title: 'Unattached volume: neither its age nor its past is known' };
  return finding(volume, subject, age, days, window);
}

export const idleEbsUnattached = defineRule({
  id: 'idle/ebs-unattached',
  title: 'Volume attached to nothing',
  severity: 'warning',
  ledger: 'idle',
  needs: { volumes: accountVolumes, account: accountInstances },
  parameters,
  *evaluate({ facts, parameters: { days }, window }): Iterable<Evaluation> {
    for (const volume of facts.volumes) yield evaluateVolume(volume, facts.account.keepTag, window, days);
  },
});
