import { z } from 'zod';
import type { Evaluation, Evidence, Subject } from '../../model/finding.js';
import { isoTime, type Window } from '../../model/window.js';
import {
  changedSettings,
  DEFAULT_TREND,
  type Regression,
  regressionOf,
  type SettingChange,
  shiftPercentOf,
  type TrendCriteria,
} from '../../spark/trend.js';
import { mannWhitney } from '../../statistics/mann-whitney.js';
import { type FamilyRun, type FamilyRuns, familyRuns } from '../derived/family-runs.js';
import { median } from '../derived/numbers.js';
import { defineRule } from '../rule.js';

/** Growth of the input below this names no cause. */
const LEAST_INPUT_GROWTH_PERCENT = 5;
/** Changes that a title names; all are in the evidence. */
const NAMED = 2;

/** A metric that rose, and the runs that have it. */
interface Rise extends Regression {
  metric: 'duration' | 'cost';
  runs: FamilyRun[];
}

function riseOf(metric: Rise['metric'], all: readonly FamilyRun[], criteria: TrendCriteria): Rise | undefined {
  const figure = (run: FamilyRun) => (metric === 'duration' ? run.seconds : (run.usd ?? 0));
  const runs = all.filter((run) => figure(run) > 0);
  const found = regressionOf(runs.map(figure), criteria);
  return found && { ...found, metric, runs };
}

/** How much more the runs since the change read, in per cent; null where it did not grow or is not known. */
function inputGrowth(before: readonly FamilyRun[], after: readonly FamilyRun[], { maxP }: TrendCriteria) {
  for (const name of ['inputBytes', 'inputRecords'] as const) {
    const [was, is] = [before, after].map((runs) => runs.map((run) => run[name]));
    if (!was || !is || Math.min(...was, ...is) <= 0) continue;
    const percent = shiftPercentOf(was, is);
    return percent >= LEAST_INPUT_GROWTH_PERCENT && mannWhitney(was, is).p < maxP ? percent : null;
  }
  return null;
}

function changeText({ name, before, after }: SettingChange): string {
  return `${name} ${before ?? '(not set)'} → ${after ?? '(not set)'}`;
}

/** What changed where the rise began. */
interface Causes {
  inputPercent: number | null;
  /** The input grew as much as the metric: no change of the job made it slower. */
  isInput: boolean;
  settings: SettingChange[];
  executors: [before: number, after: number];
}

function causesOf({ runs, baselineAt, at, shiftPercent }: Rise, criteria: TrendCriteria): Causes {
  const before = runs.slice(baselineAt, at);
  const after = runs.slice(at);
  const inputPercent = inputGrowth(before, after, criteria);
  // What is left of the rise when each run is measured by what it read.
  const leftPercent = ((1 + shiftPercent / 100) / (1 + (inputPercent ?? 0) / 100) - 1) * 100;
  const executors = (side: readonly FamilyRun[]) => median(side.map((run) => run.executors)) ?? 0;
  return {
    inputPercent,
    isInput: inputPercent !== null && leftPercent < criteria.minShiftPercent,
    settings: changedSettings(
      before.map((run) => run.settings),
      after.map((run) => run.settings),
    ),
    executors: [executors(before), executors(after)],
  };
}

function causeText({ inputPercent, isInput, settings, executors: [was, is] }: Causes, metric: Rise['metric']): string {
  const grown = inputPercent === null ? [] : [`the input grew by ${inputPercent.toFixed(0)} %`];
  if (isInput) return grown.join('');
  const more = settings.length > NAMED ? [`${settings.length - NAMED} more settings`] : [];
  const counted = was === is || settings.length > 0 ? [] : [`executors ${was} → ${is}`];
  const all = [...settings.slice(0, NAMED).map(changeText), ...more, ...counted, ...grown];
  if (all.length > 0) return `with it: ${all.join(', ')}`;
  const other =
    metric === 'cost' ? 'run time did not rise, so look at the prices of its nodes' : 'look at code and nodes';
  return `no setting, version or input changed; ${other}`;
}

function evidenceOf(rise: Rise, causes: Causes): Evidence[] {
  const { runs, baselineAt, at, p, shiftPercent, medianBefore, medianAfter, metric } = rise;
  const [was, is] = [runs.slice(baselineAt, at), runs.slice(at)];
  const windowOf = (side: readonly FamilyRun[]): Window => ({
    sinceMs: side[0]?.startMs ?? 0,
    untilMs: Math.max(...side.map((run) => run.endMs)),
  });
  const [before, after, whole] = [windowOf(was), windowOf(is), windowOf([...was, ...is])];
  const unit = metric === 'duration' ? 's' : 'USD';
  const name = metric === 'duration' ? 'run time' : 'cost of a run';
  const samples = was.length + is.length;
  const of = (own: string, value: Evidence['value'], ownUnit: string, window = whole, count = samples): Evidence => ({
    metric: own,
    value,
    unit: ownUnit,
    window,
    samples: count,
  });
  return [
    of(`${name}, median before`, medianBefore, unit, before, was.length),
    of(`${name}, median since`, medianAfter, unit, after, is.length),
    of('shift (Hodges–Lehmann)', shiftPercent, '%'),
    of('p (Mann–Whitney)', p, ''),
    of('first run since the change', runs[at]?.appId ?? '', ''),
    of('growth of the input', causes.inputPercent, '%'),
    of('executors, median', `${causes.executors[0]} → ${causes.executors[1]}`, ''),
    ...causes.settings.map((change) =>
      of(change.name, `${change.before ?? '(not set)'} → ${change.after ?? '(not set)'}`, ''),
    ),
  ];
}

function subjectOf({ cluster, namespace, name }: FamilyRuns): Subject {
  return { kind: 'SparkApplication', ...(cluster && { cluster }), ...(namespace && { namespace }), name };
}

/** The settings as they were, for who wants them back. */
function restored(settings: readonly SettingChange[]): string {
  return settings
    .filter(({ name, before }) => name.startsWith('spark.') && before !== null)
    .map(({ name, before }) => `${name}=${before}`)
    .join('\n');
}

function adviceOf({ isInput, settings }: Causes, target: string) {
  if (isInput)
    return {
      summary: 'Size the job for its larger input, or read less: partitions, columns, increments',
      patches: [
        { format: 'text' as const, target, content: 'The job reads more than before; it is not slower per byte.' },
      ],
    };
  const conf = restored(settings);
  if (conf)
    return {
      summary: 'Take back what was changed, or weigh it again: one setting at a time',
      risk: 'The settings were changed for some reason, and only one of them may matter.',
      patches: [{ format: 'spark-conf' as const, target, content: conf }],
    };
  return {
    summary:
      'Compare a run before with one since: code, data layout, nodes and neighbours are not in the configuration',
    patches: [{ format: 'text' as const, target, content: 'sparkfit app <application id> for both runs' }],
  };
}

function finding(family: FamilyRuns, rises: readonly [Rise, ...Rise[]], criteria: TrendCriteria): Evaluation {
  const [rise] = rises;
  const causes = causesOf(rise, criteria);
  const target = `SparkApplication ${family.namespace ? `${family.namespace}/` : ''}${family.name}`;
  const first = rise.runs[rise.at];
  const verb = rise.metric === 'duration' ? 'take' : 'cost';
  const since = isoTime(first?.startMs ?? 0);
  const secondsPerRun = rise.metric === 'duration' ? rise.medianAfter - rise.medianBefore : null;
  const after = rise.runs.length - rise.at;
  return {
    state: 'finding',
    subject: subjectOf(family),
    severity: causes.isInput ? 'info' : 'warning',
    title: `Runs ${verb} ${rise.shiftPercent.toFixed(0)} % more since ${since}: ${causeText(causes, rise.metric)}`,
    evidence: rises.flatMap((each, place) => evidenceOf(each, causes).slice(0, place === 0 ? undefined : 4)),
    impact: { secondsPerRun: causes.isInput ? null : secondsPerRun },
    confidence: {
      value: after >= 2 * criteria.minSegment ? 0.85 : 0.7,
      why: `${rise.at - rise.baselineAt} runs before and ${after} since, p = ${rise.p.toPrecision(2)}; what changed at the same time need not be the cause`,
    },
    recommendation: { ...adviceOf(causes, target), backtest: null },
  };
}

function judge(family: FamilyRuns, criteria: TrendCriteria): Evaluation {
  const subject = subjectOf(family);
  if (family.isStream)
    return {
      state: 'not-applicable',
      subject,
      title: 'a stream runs until it is stopped: its runs have no usual length',
    };
  const { runs } = family;
  if (runs.length < criteria.leastRuns) {
    const left = family.others > 0 ? `, ${family.others} unfinished, failed or damaged ones left out` : '';
    const title = `${runs.length} of ${criteria.leastRuns} runs that ended well${left}`;
    return { state: 'insufficient-data', subject, title };
  }
  const time = riseOf('duration', runs, criteria);
  const cost = riseOf('cost', runs, criteria);
  const [first, ...others] = [time, cost].filter((rise) => rise !== undefined);
  if (first) return finding(family, [first, ...others], criteria);
  return { state: 'ok', subject, title: `${runs.length} runs on one level, or on a lower one than before` };
}

export const runRegression = defineRule({
  id: 'cost/run-regression',
  title: 'Runs cost or take more than they did',
  severity: 'warning',
  ledger: null,
  needs: { families: familyRuns },
  parameters: z.object({
    minSegment: z.int().min(3).default(DEFAULT_TREND.minSegment).describe('fewest runs on either side of a change'),
    leastRuns: z.int().min(6).default(DEFAULT_TREND.leastRuns).describe('fewest runs of a family'),
    maxP: z
      .number()
      .positive()
      .max(0.5)
      .default(DEFAULT_TREND.maxP)
      .describe('chance of such a difference without a change'),
    minShiftPercent: z
      .number()
      .positive()
      .default(DEFAULT_TREND.minShiftPercent)
      .describe('least rise of the typical run, in per cent'),
  }),
  *evaluate({ facts, parameters }) {
    for (const family of facts.families) yield judge(family, parameters);
  },
});
