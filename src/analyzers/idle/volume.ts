import { z } from 'zod';
import type { Evaluation, Subject } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { DAY_MS, formatTime, type Window } from '../../model/window.js';
import { type Volumes, volumes } from '../derived/volumes.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  days: z.number().positive().default(7).describe('how long no pod must have mounted it, up to the end of the window'),
});

/** A window counts as covered from 95 % (RULES). */
const COVERED = 0.95;

type Claim = Volumes['claims'][number];
type Unclaimed = Volumes['unclaimed'][number];

function gibText(bytes: number | null): string {
  return bytes === null ? 'of unknown size' : `of ${Math.round(bytes / GIB)} GiB`;
}

function findingOf(
  subject: Subject,
  volume: Claim | Unclaimed,
  text: { title: string; command: string; why: string },
  window: Window,
  samples: number,
): Evaluation {
  const evidence = (metric: string, value: number | string | null, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples,
  });
  return {
    state: 'finding',
    subject,
    title: text.title,
    evidence: [
      evidence('provisioned size', volume.bytes, 'bytes'),
      evidence('phase', volume.phase, ''),
      evidence('volume type', volume.volumeType, ''),
    ],
    impact: { usdPerMonth: volume.usdPerMonth },
    confidence: { value: 0.9, why: text.why },
    recommendation: {
      summary: 'Take a snapshot if the data may be needed, then delete it.',
      risk: 'A deleted volume is gone: a job that runs less often than the window is long may still need it.',
      patches: [{ format: 'text', target: 'kubectl', content: text.command }],
      backtest: null,
    },
  };
}

function evaluateClaim(claim: Claim, facts: Volumes, window: Window, days: number): Evaluation {
  const subject: Subject = {
    kind: 'PersistentVolumeClaim',
    cluster: claim.cluster,
    namespace: claim.namespace,
    name: claim.name,
  };
  const { sinceMs, untilMs } = window;
  if (claim.phase !== null && claim.phase !== 'Bound')
    return { state: 'not-applicable', subject, title: `Unused volume: the claim is ${claim.phase}, not Bound` };
  if (claim.mountedBy.length > 0) return { state: 'ok', subject, title: 'A pod mounts it' };
  if (claim.lastMountedMs !== null && claim.lastMountedMs >= sinceMs)
    return { state: 'ok', subject, title: `A pod mounted it until about ${formatTime(claim.lastMountedMs)}` };
  const knownDays = (untilMs - claim.firstSeenMs) / DAY_MS;
  if (knownDays < days * COVERED)
    return {
      state: 'insufficient-data',
      subject,
      title: `Unused volume: known for ${Math.max(0, knownDays).toFixed(1)} of the ${days} days it takes`,
    };
  const coverage = facts.kubeletCoverage(claim.cluster, window);
  if (coverage < COVERED)
    return {
      state: 'insufficient-data',
      subject,
      title: `Unused volume: kubelet volume metrics cover ${Math.round(coverage * 100)} % of the last ${days} days, 95 % are needed`,
    };
  const title = `Mounted by no pod for ${days} days: ${gibText(claim.bytes)}`;
  const command = `kubectl delete persistentvolumeclaim --namespace ${claim.namespace} ${claim.name}`;
  return findingOf(
    subject,
    claim,
    { title, command, why: 'no pod mounts it, and no kubelet has reported it while others were reported' },
    window,
    Math.round(coverage * days * 24),
  );
}

function evaluateUnclaimed(volume: Unclaimed, window: Window): Evaluation {
  const subject: Subject = { kind: 'PersistentVolume', cluster: volume.cluster, name: volume.name };
  const title = `No claim holds it (${volume.phase}): ${gibText(volume.bytes)}`;
  const command = `kubectl delete persistentvolume ${volume.name}`;
  return findingOf(subject, volume, { title, command, why: `its phase is ${volume.phase}` }, window, 1);
}

export const idleVolume = defineRule({
  id: 'idle/volume',
  title: 'Volume that no pod uses',
  severity: 'warning',
  ledger: 'idle',
  needs: { volumes },
  parameters,
  *evaluate({ facts, parameters: { days }, window }): Iterable<Evaluation> {
    const span = { sinceMs: window.untilMs - days * DAY_MS, untilMs: window.untilMs };
    for (const claim of facts.volumes.claims) yield evaluateClaim(claim, facts.volumes, span, days);
    for (const volume of facts.volumes.unclaimed) yield evaluateUnclaimed(volume, span);
  },
});
