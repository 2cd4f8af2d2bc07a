import { z } from 'zod';
import type { Evaluation, Evidence, Subject } from '../../model/finding.js';
import { formatMemoryQuantity } from '../../model/quantity.js';
import { formatTime, type Window } from '../../model/window.js';
import { leastForHeap } from '../../recommend/jvm-heap.js';
import { sizePatches } from '../../recommend/size-patch.js';
import { type ContainerProfile, type WorkloadProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  nearLimitTime: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('fires when the working set is above 90 % of the limit for more than this share of the time'),
  limitFactor: z.number().min(1).default(1.25).describe('advised memory: at least this times the present limit'),
  peakFactor: z.number().min(1).default(1.15).describe('and at least this times the highest working set'),
});
type Settings = z.infer<typeof parameters>;

/** Kills this regular have a cause that more memory only delays. */
const MANY_KILLS = 3;
/** The kubelet's counter is exact; the API remembers one kill per container only. */
const SURE = 0.95;

function isTight({ oomKills, memoryNearLimitShare }: ContainerProfile, settings: Settings): boolean {
  return oomKills > 0 || (memoryNearLimitShare !== null && memoryNearLimitShare > settings.nearLimitTime);
}

function advisedBytes(container: ContainerProfile, settings: Settings): number | undefined {
  const limit = container.memoryLimitBytes ?? container.memoryRequestBytes;
  if (limit === null) return undefined;
  const { jvmHeap, memoryMaxBytes } = container;
  const peak = memoryMaxBytes ?? 0;
  const forHeap = jvmHeap ? leastForHeap(jvmHeap, peak)?.bytes : undefined;
  return Math.max(limit * settings.limitFactor, peak * settings.peakFactor, forHeap ?? 0);
}

function evidenceOf(container: ContainerProfile, window: Window): Evidence[] {
  const of = container.role ?? container.name;
  const samples = container.memorySamples;
  const share = container.memoryNearLimitShare;
  return [
    { metric: `OOM kills (${of})`, value: container.oomKills, unit: '', window, samples },
    { metric: `memory limit (${of})`, value: container.memoryLimitBytes, unit: 'bytes', window, samples },
    { metric: `working set peak (${of})`, value: container.memoryMaxBytes, unit: 'bytes', window, samples },
    ...(container.jvmHeap?.bytes
      ? [{ metric: `JVM heap, fixed (${of})`, value: container.jvmHeap.bytes, unit: 'bytes', window, samples }]
      : []),
    {
      metric: `time above 90 % of the limit (${of})`,
      value: share === null ? null : share * 100,
      unit: '%',
      window,
      samples,
    },
  ];
}

function found(
  profile: WorkloadProfile,
  tight: readonly ContainerProfile[],
  window: Window,
  settings: Settings,
): Evaluation {
  const kills = tight.reduce((sum, container) => sum + container.oomKills, 0);
  const lastMs = Math.max(...tight.map((container) => container.lastOomMs ?? 0));
  const changes = tight.flatMap((container) => {
    const memoryBytes = advisedBytes(container, settings);
    return memoryBytes === undefined ? [] : [{ container: container.name, role: container.role, memoryBytes }];
  });
  const names = tight.map((container) => container.role ?? container.name).join(', ');
  const advice = changes
    .map((change) => `${change.role ?? change.container} ${formatMemoryQuantity(change.memoryBytes)}`)
    .join(', ');
  return {
    state: 'finding',
    subject: profile.subject,
    severity: kills > 0 ? 'critical' : 'warning',
    title:
      kills > 0
        ? `OOM-killed ${kills} ${kills === 1 ? 'time' : 'times'} (${names})${lastMs > 0 ? `, last about ${formatTime(lastMs)}` : ''}`
        : `Memory close to its limit (${names})`,
    evidence: tight.flatMap((container) => evidenceOf(container, profile.measured ?? window)),
    confidence: {
      value: SURE,
      why: kills > 0 ? 'kills were counted, not estimated' : 'measured working set against the limit',
    },
    recommendation: {
      summary: advice ? `Give it more memory: ${advice}.` : 'Set a memory request and limit above its peak.',
      risk:
        kills >= MANY_KILLS
          ? 'Killed again and again: if it leaks, more memory only delays the next kill. Look for the leak.'
          : 'It takes more of its node.',
      sizes: changes,
      patches: changes.length > 0 ? sizePatches(profile.row, changes) : [],
      backtest: null,
    },
  };
}

/** Not killed: fine, unless there is a limit that no measurement can be held against. */
function clear(subject: Subject, containers: readonly ContainerProfile[]): Evaluation {
  const limited = containers.filter((container) => container.memoryLimitBytes !== null);
  const unmeasured = limited.find((container) => container.memoryNearLimitShare === null);
  if (unmeasured)
    return {
      state: 'insufficient-data',
      subject,
      title: `Memory limit: no memory use of ${unmeasured.role ?? unmeasured.name} was measured`,
    };
  const title = limited.length > 0 ? 'No OOM kill, and the working set keeps clear of the limit' : 'No OOM kill';
  return { state: 'ok', subject, title };
}

export const memoryOom = defineRule({
  id: 'sizing/memory-oom',
  title: 'OOM-killed or close to it',
  severity: 'critical',
  ledger: null,
  needs: { profiles: workloadProfiles },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const profile of facts.profiles) {
      const { subject, containers } = profile;
      const tight = containers.filter((container) => isTight(container, settings));
      if (profile.system)
        yield { state: 'not-applicable', subject, title: 'Memory limit: a part of the cluster itself' };
      else if (tight.length > 0) yield found(profile, tight, window, settings);
      else if (profile.tooLittle)
        yield { state: 'insufficient-data', subject, title: `Memory limit: ${profile.tooLittle}` };
      else yield clear(subject, containers);
    }
  },
});
