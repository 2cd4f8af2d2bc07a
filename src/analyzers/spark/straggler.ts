import { z } from 'zod';
import { type SparkLog, type SparkStage, TASK_SUCCEEDED } from '../../model/spark.js';
import { median, sum } from '../derived/numbers.js';
import { confFlag } from '../derived/spark-conf.js';
import { operatorEvidence } from '../derived/spark-plan.js';
import { stageName, taskDurationMs, wallMs } from '../derived/spark-run.js';
import { firstWave, hostOf, STRAGGLER_FACTOR, skewOf, stragglersOf, tailMs } from '../derived/spark-tasks.js';
import { slotsDuring, wallShareMs } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sparkConf, sure } from '../spark-rule.js';

/** A host needs this many tasks before it is called slow. */
const FEWEST_HOST_TASKS = 4;

/** What slowed a stage, with the wall time that it cost. */
interface Slow {
  lostMs: number;
  title: string;
  where: string;
  worstMs: number;
  usualMs: number;
  why: string;
}

function taskHost(run: SparkLog, stage: SparkStage, task: number): string {
  return hostOf(run, stage.tasks.executorIds[stage.tasks.executor[task] ?? -1] ?? '');
}

function slowTasks(run: SparkLog, stage: SparkStage, factor: number): Slow | undefined {
  const found = stragglersOf(run, stage, factor);
  if (!found) return undefined;
  return {
    lostMs: tailMs(run, stage, found.mask),
    title: `a task runs ${Math.round(found.worstMs / found.medianMs)} times as long as the others without more data`,
    where: `task ${stage.tasks.index[found.worstTask] ?? 0} on ${taskHost(run, stage, found.worstTask)}`,
    worstMs: found.worstMs,
    usualMs: found.medianMs,
    why: 'the slots that stood idle while only such tasks ran',
  };
}

/** The place of a task whose speculative copy won: held from the launch of its neighbours until the copy ended. */
function heldMs(stage: SparkStage, copy: number): number {
  const { tasks } = stage;
  const index = tasks.index[copy] ?? 0;
  let launchMs = tasks.launchMs[copy] ?? 0;
  for (let task = 0; task < tasks.count; task++) {
    // Tasks start in the order of their index: the original started no later than the next one did.
    const isLater = (tasks.index[task] ?? 0) > index && tasks.attempt[task] === 0 && !tasks.speculative[task];
    const isOriginal = tasks.index[task] === index && task !== copy;
    if (isLater || isOriginal) launchMs = Math.min(launchMs, tasks.launchMs[task] ?? launchMs);
  }
  return (tasks.finishMs[copy] ?? 0) - launchMs;
}

/** Originals that a speculative copy beat. Spark logs no end for those, so the copy is what tells. */
function beatenTasks(run: SparkLog, stage: SparkStage): Slow | undefined {
  const { tasks } = stage;
  const copies = Array.from({ length: tasks.count }, (_, task) => task).filter(
    (task) => tasks.speculative[task] === 1 && tasks.outcome[task] === TASK_SUCCEEDED,
  );
  const [first] = copies;
  if (first === undefined) return undefined;
  const held = copies.map((copy) => heldMs(stage, copy));
  return {
    lostMs: sum(held) / Math.max(1, slotsDuring(run, stage)),
    title: `${copies.length} of its tasks ${copies.length === 1 ? 'was' : 'were'} so slow that a speculative copy won`,
    where: `task ${tasks.index[first] ?? 0}; its copy ran on ${taskHost(run, stage, first)}`,
    worstMs: Math.max(...held),
    usualMs: stage.quantiles?.durationMs.median ?? 0,
    why: 'the time for which the beaten tasks held a slot, over all slots; their own end is not logged',
  };
}

function slowHost(run: SparkLog, stage: SparkStage, factor: number): Slow | undefined {
  const { tasks } = stage;
  if (skewOf(stage)) return undefined;
  const cold = firstWave(run).get(stage);
  const byHost = new Map<string, number[]>();
  for (let task = 0; task < tasks.count; task++) {
    if (cold?.[task] || tasks.outcome[task] !== TASK_SUCCEEDED) continue;
    const host = taskHost(run, stage, task);
    const own = byHost.get(host) ?? [];
    if (!byHost.has(host)) byHost.set(host, own);
    own.push(taskDurationMs(stage, task));
  }
  if (byHost.size < 2) return undefined;
  for (const [host, durations] of byHost) {
    const others = [...byHost].flatMap(([other, values]) => (other === host ? [] : values));
    const [own, usual] = [median(durations) ?? 0, Math.max(1, median(others) ?? 0)];
    if (durations.length < FEWEST_HOST_TASKS || others.length < FEWEST_HOST_TASKS || own < factor * usual) continue;
    return {
      lostMs: wallShareMs(run, stage, sum(durations) * (1 - usual / own)),
      title: `tasks on ${host} run ${Math.round(own / usual)} times as long as elsewhere`,
      where: host,
      worstMs: own,
      usualMs: usual,
      why: 'the part of the stage that would be saved if that host were like the others',
    };
  }
  return undefined;
}

function findingOf(run: SparkLog, stage: SparkStage, slow: Slow): RunFinding {
  const samples = stage.succeededTasks;
  const isOn = confFlag(run, 'spark.speculation');
  const speculate = sparkConf({
    'spark.speculation': true,
    'spark.speculation.multiplier': STRAGGLER_FACTOR,
    'spark.speculation.minTaskRuntime': `${Math.ceil(slow.usualMs)}ms`,
  });
  return {
    state: 'finding',
    stageId: stage.stageId,
    title: `${stageName(stage)}: ${slow.title}`,
    evidence: [
      measure('slow', slow.worstMs / 1000, 's', samples),
      measure('usual', slow.usualMs / 1000, 's', samples),
      measure('where', slow.where, '', 1),
      measure('spark.speculation', isOn ? 'true' : 'false', '', 1),
      operatorEvidence(run, stage),
    ],
    impact: { secondsPerRun: slow.lostMs / 1000 },
    confidence: sure(0.75, `data is equal, so the host or the code is slow; seconds are ${slow.why}`),
    recommendation: {
      summary: isOn
        ? 'Find what slows the host or the task: speculation is on and could only soften it'
        : 'Let Spark start a copy of a slow task on another host, and find what slows it',
      risk: 'Copies use slots and need another host; a task that writes outside of Spark may do so twice.',
      patches: [
        ...(isOn ? [] : [speculate]),
        code(`Look at ${slow.where}: disk, network, other load, or an outside service it waits for`),
      ],
    },
  };
}

export const straggler = defineSparkRule({
  id: 'spark/straggler',
  title: 'A slow task or host holds up a stage',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    factor: z.number().min(1.5).default(STRAGGLER_FACTOR).describe('duration over that of tasks of the same kind'),
    leastWallShare: z.number().min(0).max(1).default(0.05).describe('cost, as a share of the wall time'),
  }),
  *evaluate(run, { factor, leastWallShare }) {
    if (!run.stages.some((stage) => stage.succeededTasks > 2))
      return yield notApplicable('no stage with three tasks that succeeded');
    const leastMs = leastWallShare * wallMs(run);
    let found = 0;
    for (const stage of run.stages) {
      const causes = [slowTasks(run, stage, factor), beatenTasks(run, stage), slowHost(run, stage, factor)];
      const [worst] = causes.filter((slow) => slow !== undefined).sort((a, b) => b.lostMs - a.lostMs);
      if (!worst || worst.lostMs < leastMs || worst.lostMs <= 0) continue;
      found++;
      yield findingOf(run, stage, worst);
    }
    if (!found) yield ok('no slow task or host costs time');
  },
});
