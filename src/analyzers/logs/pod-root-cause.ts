import { type PodLife, type PodRun, podsOfRun, runsWithoutLog } from '../../store/pod-life.js';
import { firstCause } from '../derived/log-text.js';
import { statementsOfPods } from '../derived/pod-lives.js';
import { defineArtifact, defineRule } from '../rule.js';
import { bodyOf } from './cause-finding.js';
import { ROOT_CAUSE } from './root-cause.js';

/** Runs that left pods and no event log: those that failed before their first event, or never write one. */
export const podRuns = defineArtifact<{ run: PodRun; pods: PodLife[] }[]>({
  id: 'pod-runs',
  sources: ['kubernetes'],
  compute: ({ db, window }) => runsWithoutLog(db, window).map((run) => ({ run, pods: podsOfRun(db, run) })),
});

/** The other half of logs/root-cause: the same question, asked of pods alone. */
export const podRootCause = defineRule({
  ...ROOT_CAUSE,
  needs: { runs: podRuns },
  *evaluate({ facts, parameters: { recovered } }) {
    for (const { run, pods } of facts.runs) {
      const statements = statementsOfPods(pods);
      const cause = firstCause(statements);
      if (!cause || !(run.failed || recovered)) continue;
      const { cluster, namespace, kind, name } = run;
      const sinceMs = Math.min(...pods.map(({ createdMs }) => createdMs));
      const window = { sinceMs, untilMs: Math.max(...pods.map(({ endMs }) => endMs)) };
      const failures = run.failed ? [{ where: `run ${run.run}`, text: '', atMs: window.untilMs }] : [];
      const { evidence, recommendation, ...body } = bodyOf({ cause, failures, count: statements.length, sinceMs });
      const target = `${kind} ${namespace}/${name}`;
      yield {
        ...body,
        state: 'finding',
        subject: { kind, cluster, namespace, name, runId: run.run },
        evidence: evidence.map((figure) => ({ ...figure, window })),
        recommendation: {
          ...recommendation,
          patches: recommendation.patches.map((patch) => ({ ...patch, target })),
          backtest: null,
        },
      };
    }
  },
});
