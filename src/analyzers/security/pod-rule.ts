import { z } from 'zod';
import type { Evaluation, Evidence, Patch, Severity } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import { evidenceOf, notJudged, type Posture, posture, type WorkloadPosture } from '../derived/posture.js';
import { defineRule, type Rule } from '../rule.js';

/** What a rule says of the pods of one workload. */
export type PodVerdict =
  | {
      found: string;
      evidence: [metric: string, value: number | string][];
      summary: string;
      risk?: string;
      patch: Patch;
      /** Objects that the patch refers to and that are not there yet. */
      needed?: readonly Patch[];
    }
  | { ok: string }
  | { unknown: string };

interface PodRule {
  id: string;
  title: string;
  severity: Severity;
  /** Why a finding is sure. */
  why: string;
  judge(workload: WorkloadPosture, facts: Posture): PodVerdict;
}

function evaluationOf(workload: WorkloadPosture, verdict: PodVerdict, why: string, window: Window): Evaluation {
  const { subject } = workload;
  if ('ok' in verdict) return { state: 'ok', subject, title: verdict.ok };
  if ('unknown' in verdict) return { state: 'insufficient-data', subject, title: verdict.unknown };
  const evidence = evidenceOf(window);
  const { found, summary, risk, patch, needed = [] } = verdict;
  return {
    state: 'finding',
    subject,
    title: found,
    evidence: verdict.evidence.map(([metric, value]): Evidence => evidence(metric, value)),
    confidence: { value: 0.95, why },
    recommendation: { summary, ...(risk ? { risk } : {}), patches: [patch, ...needed], backtest: null },
  };
}

/** A rule on what pods are allowed: each workload that is in the cluster is judged by its templates or pods. */
export function podRule({ id, title, severity, why, judge }: PodRule): Rule {
  return defineRule({
    id,
    title,
    severity,
    ledger: null,
    needs: { posture },
    parameters: z.object({}),
    *evaluate({ facts, window }): Iterable<Evaluation> {
      for (const workload of facts.posture.workloads) {
        const not = notJudged(workload, title);
        const unread = workload.roles.length === 0;
        const verdict: PodVerdict = unread
          ? { unknown: `${title}: neither its template nor a running pod was read` }
          : judge(workload, facts.posture);
        yield not ?? evaluationOf(workload, verdict, why, window);
      }
    },
  });
}

/** The changed part of a pod's spec, for the containers that need it. */
export function containerChanges<C extends { name: string; init: boolean }>(
  found: readonly C[],
  change: (container: C) => object,
): object {
  const of = (init: boolean) =>
    found.filter((one) => one.init === init).map((one) => ({ name: one.name, ...change(one) }));
  const [containers, initContainers] = [of(false), of(true)];
  return {
    ...(containers.length > 0 ? { containers } : {}),
    ...(initContainers.length > 0 ? { initContainers } : {}),
  };
}
