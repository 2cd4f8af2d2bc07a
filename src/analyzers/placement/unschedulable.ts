import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { MINUTE_MS, type Window } from '../../model/window.js';
import { targetOf } from '../../recommend/posture-patch.js';
import type { LivePod } from '../../store/posture.js';
import { counted, evidenceOf, listText, notJudged, posture, type WorkloadPosture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  minutes: z.number().positive().default(10).describe('how long a pod may be Pending'),
});
const TITLE = 'Waiting pods';

/** The scheduler's words (kube-scheduler plugins' reasons) and what they mean for whoever owns the pod. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^Insufficient cpu/, 'too little CPU is free on them'],
  [/^Insufficient memory/, 'too little memory is free on them'],
  [/^Insufficient ephemeral-storage/, 'too little local disk is free on them'],
  [/^Insufficient (\S+)/, 'no $1 is free on them'],
  [/^Too many pods/, 'they hold as many pods as they may'],
  [/untolerated taint/, 'their taint is not tolerated'],
  [/node affinity\/selector/, 'they do not match its node selector or affinity'],
  [/pod affinity rules/, 'its pod affinity does not match'],
  [/anti-affinity/, 'its anti-affinity keeps it off'],
  [/topology spread/, 'its topology spread forbids it'],
  [/volume node affinity conflict/, 'its volume lies in another zone'],
  [/unbound immediate PersistentVolumeClaims|persistentvolumeclaim .* not found/i, 'its volume claim is not bound'],
  [/max volume count/, 'they hold as many volumes as they may'],
  [/unschedulable/, 'they are cordoned'],
  [/free ports/, 'its host port is taken'],
  [/didn't match/, 'they do not match its wishes'],
];

/** `0/12 nodes are available: 3 node(s) had untolerated taint(s), 9 Insufficient cpu. …` in plain words, counted. */
export function schedulerReasons(message: string): { nodes: number; why: string }[] {
  const list = /nodes are available: (.*?)(?:\. |\.$|$)/.exec(message)?.[1] ?? '';
  return [...list.matchAll(/(\d+) (?:node\(s\) )?(.+?)(?=, \d+ |$)/g)].map(([, count, words = '']) => {
    const meaning = MEANINGS.find(([pattern]) => pattern.test(words));
    const extra = meaning?.[0].exec(words)?.[1];
    return { nodes: Number(count), why: meaning ? meaning[1].replace('$1', extra ?? '') : words };
  });
}

function whyOf({ reason, message }: LivePod): string {
  const reasons = schedulerReasons(message ?? '').sort((a, b) => b.nodes - a.nodes);
  if (reasons.length > 0) return reasons.map(({ nodes, why }) => `${counted(nodes, 'node')}: ${why}`).join('; ');
  return [reason, message].filter((word) => word).join(': ') || 'no reason is given';
}

interface Waiting {
  pod: LivePod;
  minutes: number;
}

function waitingPods({ pods }: WorkloadPosture, minutes: number, window: Window): Waiting[] {
  return pods
    .filter(({ phase, reason }) => phase === 'Pending' && reason !== 'SchedulingGated')
    .map((pod) => ({ pod, minutes: (window.untilMs - (pod.createdMs ?? pod.firstSeenMs)) / MINUTE_MS }))
    .filter((one) => one.pod.reason === 'Unschedulable' || one.minutes > minutes);
}

export const unschedulable = defineRule({
  id: 'placement/unschedulable',
  title: 'Pod that cannot be placed',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters,
  *evaluate({ facts: { posture: facts }, parameters: { minutes }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const workload of facts.workloads) {
      const { subject, row, pods } = workload;
      const not = notJudged(workload, TITLE);
      const waiting = waitingPods(workload, minutes, window);
      const missing = facts.notListed(row.cluster, 'Pod');
      const [first] = waiting;
      if (not) yield not;
      else if (first)
        yield {
          state: 'finding',
          subject,
          title: `${waiting.length} of ${counted(pods.length, 'pod')} cannot start: ${whyOf(first.pod)}`,
          evidence: [
            evidence('waiting pods', waiting.length),
            evidence('longest wait', Math.round(Math.max(...waiting.map((one) => one.minutes))), 'min'),
            evidence(
              'the scheduler says',
              listText(
                waiting.map(({ pod }) => pod.message ?? pod.reason ?? ''),
                1,
              ),
            ),
          ],
          confidence: { value: 0.95, why: 'the pod is Pending now, in the scheduler’s own words' },
          recommendation: {
            summary: 'Ask for what a node can give, tolerate the right taint, or add nodes that fit.',
            patches: [
              {
                format: 'text',
                target: targetOf(row),
                content: `kubectl describe pod --namespace ${row.namespace} ${first.pod.name}`,
              },
            ],
            backtest: null,
          },
        };
      else if (missing) yield { state: 'insufficient-data', subject, title: `${TITLE}: pods could not be listed` };
      else if (pods.length === 0) yield { state: 'not-applicable', subject, title: `${TITLE}: it has no pods now` };
      else yield { state: 'ok', subject, title: 'All its pods have a node' };
    }
  },
});
