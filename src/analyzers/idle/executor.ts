import { z } from 'zod';
import { share, sum } from '../derived/numbers.js';
import { conf, confFlag, isLocal } from '../derived/spark-conf.js';
import { idleStretches } from '../derived/spark-idle.js';
import { isStreaming, isYoung } from '../derived/spark-run.js';
import { busyOf } from '../derived/spark-slots.js';
import { timelineOf } from '../derived/spark-timeline.js';
import { code, defineSparkRule, insufficient, measure, notApplicable, ok, sparkConf, sure } from '../spark-rule.js';

export const idleExecutor = defineSparkRule({
  id: 'idle/executor',
  title: 'Executors without a task',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    moreThanShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('time without a task, of the executors’ lives after start-up'),
  }),
  *evaluate(run, { moreThanShare }) {
    if (isLocal(run)) return yield notApplicable('local mode has no executors');
    if (isYoung(run)) return yield insufficient('the run goes on, and no task of it has ended yet');
    const { startedMs, stoppedMs } = timelineOf(run);
    const busy = busyOf(run, startedMs, stoppedMs);
    const lives = busy.map(({ life }) =>
      Math.max(0, Math.min(stoppedMs, life.untilMs) - Math.max(startedMs, life.sinceMs)),
    );
    const livedMs = sum(lives);
    if (livedMs === 0) return yield insufficient('no executor lived beyond the start-up of the run');
    const idleMs = sum(busy.map(({ busyMs }, i) => Math.max(0, (lives[i] ?? 0) - busyMs)));
    const never = busy.filter(({ busyMs }, i) => busyMs === 0 && (lives[i] ?? 0) > 0).length;
    const idle = share(idleMs, livedMs);
    const [longest] = idleStretches(run, startedMs, stoppedMs);
    const isDynamic = confFlag(run, 'spark.dynamicAllocation.enabled');
    const evidence = [
      measure('executor time without a task', idleMs / 1000, 's', busy.length),
      measure('of their lives after start-up', idle * 100, '%', busy.length),
      measure('executors that never had a task', never, '', busy.length),
      measure('longest time with none running', longest ? longest.ms / 1000 : 0, 's', 1),
      measure('where', longest?.where ?? 'some executors idle while others work', '', 1),
      measure('dynamic allocation', isDynamic ? 'on' : 'off', '', 1),
    ];
    if (idle <= moreThanShare)
      return yield ok(`executors are without a task for ${Math.round(idle * 100)} % of their lives`, evidence);
    const timeout = conf(run, 'spark.dynamicAllocation.executorIdleTimeout') ?? '60s';
    yield {
      state: 'finding',
      title: `Executors are without a task for ${Math.round(idle * 100)} % of their lives`,
      evidence,
      confidence: sure(isStreaming(run) ? 0.4 : 0.6, 'counted from launch and end of each task; one run'),
      recommendation: {
        summary: isDynamic
          ? `Give idle executors back sooner than after ${timeout}`
          : 'Let Spark give idle executors back, or start fewer',
        risk: 'Executors that are given back have to come again, which takes time.',
        patches: [
          sparkConf({
            'spark.dynamicAllocation.enabled': true,
            'spark.dynamicAllocation.shuffleTracking.enabled': true,
            'spark.dynamicAllocation.executorIdleTimeout': isDynamic ? '30s' : '60s',
          }),
          ...(longest ? [code(`Shorten the driver’s own work ${longest.where}`)] : []),
        ],
      },
    };
  },
});
