import { z } from 'zod';
import type { Evaluation, Subject } from '../../model/finding.js';
import { formatTime, type Window } from '../../model/window.js';
import { type AccountInstance, accountInstances } from '../derived/account-instances.js';
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
  days: z
    .number()
    .positive()
    .default(7)
    .describe('how long an instance may be stopped before its storage must be explained'),
});

/** What an Auto Scaling group stops it starts again: a warm pool. */
const AUTO_SCALING_TAG = 'aws:autoscaling:groupName';

function volumesOf(instance: AccountInstance, all: readonly AccountVolume[]): AccountVolume[] {
  return all.filter(
    ({ id, region, attachedTo }) =>
      region === instance.region && (attachedTo === instance.id || instance.volumes.includes(id)),
  );
}

/** Unknown as soon as one of them is. */
function monthlyUsd(volumes: readonly AccountVolume[], expected: number): number | null {
  if (volumes.length < expected) return null;
  let usd = 0;
  for (const { usdPerMonth } of volumes) {
    if (usdPerMonth === null) return null;
    usd += usdPerMonth;
  }
  return usd;
}

function commandsFor({ id, region }: AccountInstance, volumeIds: readonly string[]): string {
  return [
    `aws ec2 create-image --region ${region} --instance-id ${id} --name ${id}-before-termination`,
    `aws ec2 terminate-instances --region ${region} --instance-ids ${id}`,
    ...volumeIds.map((volume) => `aws ec2 delete-volume --region ${region} --volume-id ${volume}`),
  ].join('\n');
}

interface Storage {
  volumes: AccountVolume[];
  ids: string[];
}

function finding(instance: AccountInstance, { volumes, ids }: Storage, age: StateAge, window: Window, days: number) {
  const { id, instanceType, tags, launchedMs, stateSinceMs } = instance;
  const known = age.atLeastDays >= days;
  const name = tags.Name ? ` '${tags.Name}'` : '';
  const size = volumes.length < ids.length ? 'volumes of unknown size' : sizeText(volumes);
  const since = known ? `stopped for ${Math.floor(age.atLeastDays)} days` : 'stopped';
  const evidence = (metric: string, value: number | string | null, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples: 1,
  });
  const evaluation: Evaluation = {
    state: 'finding',
    subject: { kind: 'EC2Instance', name: id },
    title: `${instanceType}${name} is ${since}, its storage (${size}) is still billed`,
    evidence: [
      evidence('known to be stopped since', formatTime(stateSinceMs), ''),
      evidence('launched', launchedMs === null ? null : formatTime(launchedMs), ''),
      evidence('attached volumes', ids.join(', '), ''),
      evidence('size', volumes.length < ids.length ? null : sizeBytes(volumes), 'bytes'),
    ],
    impact: { usdPerMonth: monthlyUsd(volumes, ids.length) },
    confidence: known
      ? { value: 0.9, why: `known to be stopped for ${age.atLeastDays.toFixed(1)} days` }
      : { value: 0.6, why: 'when it was stopped is not known, only that it was launched before and is stopped now' },
    recommendation: {
      summary: 'Make an image if it may be needed again, then terminate it and delete its volumes.',
      risk: 'What is on its volumes is gone with them, but for the image; a started copy has another id and address.',
      patches: [{ format: 'aws-cli', target: `EC2Instance ${id}`, content: commandsFor(instance, ids) }],
      backtest: null,
    },
  };
  return evaluation;
}

interface Around {
  volumes: readonly AccountVolume[];
  keepTag: { key: string; value: string };
  window: Window;
  days: number;
}

function evaluateInstance(instance: AccountInstance, { volumes, keepTag, window, days }: Around): Evaluation {
  const subject: Subject = { kind: 'EC2Instance', name: instance.id };
  const { state, tags } = instance;
  const why = (title: string) => ({
    state: 'not-applicable' as const,
    subject,
    title: `Storage when stopped: ${title}`,
  });
  if (state !== 'stopped') return why(`it is ${state}`);
  if (keepTag.key !== '' && tags[keepTag.key] === keepTag.value) return why(`tagged ${keepTag.key}=${keepTag.value}`);
  if (AUTO_SCALING_TAG in tags) return why(`Auto Scaling group ${tags[AUTO_SCALING_TAG]} keeps it`);
  const own = volumesOf(instance, volumes);
  const ids = [...new Set([...instance.volumes, ...own.map(({ id }) => id)])].sort();
  if (ids.length === 0) return why('it has no EBS volume');
  const age = stateAge(instance, instance.launchedMs, window.untilMs);
  if (age.atMostDays !== null && age.atMostDays < days)
    return {
      state: 'ok',
      subject,
      title: `Stopped for at most ${age.atMostDays.toFixed(1)} days, up to ${days} are fine`,
    };
  if (age.atMostDays === null && age.atLeastDays < days)
    return {
      state: 'insufficient-data',
      subject,
      title: 'Storage when stopped: neither its launch nor its past is known',
    };
  return finding(instance, { volumes: own, ids }, age, window, days);
}

export const idleStoppedInstanceStorage = defineRule({
  id: 'idle/stopped-instance-storage',
  title: 'Stopped instance whose storage is billed',
  severity: 'warning',
  ledger: 'idle',
  needs: { account: accountInstances, volumes: accountVolumes },
  parameters,
  *evaluate({ facts, parameters: { days }, window }): Iterable<Evaluation> {
    const { instances, keepTag } = facts.account;
    for (const instance of instances)
      yield evaluateInstance(instance, { volumes: facts.volumes, keepTag, window, days });
  },
});
