import { z } from 'zod';
import { share } from '../derived/numbers.js';
import { confFlag, isLocal } from '../derived/spark-conf.js';
import { isYoung, taskMs } from '../derived/spark-run.js';
import { executorsOverTime, livesOf, mostSlots, slotMs } from '../derived/spark-slots.js';
import { greatestValue } from '../derived/steps.js';
import { defineSparkRule, insufficient, measure, notApplicable, ok, sparkConf, sure } from '../spark-rule.js';

/** Share of slot time that a well-filled run uses: stages have ends and the driver works between them. */
const WELL_USED = 0.8;

export const sparkCoresOverAllocated = defineSparkRule({
  id: 'sizing/spark-cores-over-allocated',
  title: 'Executor slots mostly without a task',
  severity: 'warning',
  ledger: 'size',
  parameters: z.object({
    belowShare: z.number().min(0).max(1).default(0.5).describe('task time over slot time, over the executors’ lives'),
  }),
  *evaluate(run, { belowShare }) {
    if (isLocal(run)) return yield notApplicable('local mode has no executors');
    if (isYoung(run)) return yield insufficient('the run goes on, and no task of it has ended yet');
    if (slotMs(run) === 0) return yield insufficient('the log names no executor');
    const used = share(taskMs(run), slotMs(run));
    const executors = Math.max(1, greatestValue(executorsOverTime(run)));
    const evidence = [
      measure('task time', taskMs(run) / 1000, 's', run.stages.length),
      measure('slot time of the executors', slotMs(run) / 1000, 's', livesOf(run).length),
      measure('used', used * 100, '%', livesOf(run).length),
      measure('task slots at most', mostSlots(run), '', livesOf(run).length),
    ];
    if (used >= belowShare) return yield ok(`tasks use ${Math.round(used * 100)} % of the slots`, evidence);
    const advised = Math.max(1, Math.ceil((executors * used) / WELL_USED));
    const perExecutor = mostSlots(run) / executors;
    const key = confFlag(run, 'spark.dynamicAllocation.enabled')
      ? 'spark.dynamicAllocation.maxExecutors'
      : 'spark.executor.instances';
    yield {
      state: 'finding',
      severity: advised < executors ? 'warning' : 'info',
      title: `Tasks use ${Math.round(used * 100)} % of the executors’ slots`,
      evidence,
      ...(advised < executors && { impact: { freedCpuCores: (executors - advised) * perExecutor } }),
      confidence: sure(
        0.4,
        'one run; fewer executors take longer where a stage has tasks for all slots: see the what-if',
      ),
      recommendation: {
        summary:
          advised < executors
            ? `Run on about ${advised} instead of ${executors} executors`
            : 'Shorten what leaves the slots idle: start-up, driver phases, stages of few tasks',
        risk: 'The run may take longer; its cost falls as long as that is less than the slots saved.',
        patches: advised < executors ? [sparkConf({ [key]: advised })] : [],
      },
    };
  },
});
