import type { z } from 'zod';
import type {
  Confidence,
  Evaluation,
  Evidence,
  FindingBody,
  Impact,
  LedgerKind,
  Patch,
  Severity,
  Subject,
} from '../model/finding.js';
import { fingerprintOf } from '../model/finding.js';
import type { SparkLog } from '../model/spark.js';
import { windowOf } from './derived/spark-run.js';
import { type SparkRun, sparkRuns } from './derived/spark-runs.js';
import { defineRule, type Judge, type Rule } from './rule.js';

/** A figure of the run; its window is the run's time. */
export type Measure = Omit<Evidence, 'window'>;

export interface RunPatch extends Omit<Patch, 'target'> {
  format: 'spark-conf' | 'spark-application' | 'code' | 'text';
}

/** What a rule found in one run; subject and windows are added. */
export interface RunFinding {
  state: 'finding';
  stageId?: number;
  role?: 'driver' | 'executor';
  severity?: Severity;
  title: string;
  evidence: Measure[];
  impact?: Partial<Impact>;
  confidence: Confidence;
  recommendation: { summary: string; risk?: string; patches: RunPatch[] };
}

export interface RunOther {
  state: 'ok' | 'insufficient-data' | 'not-applicable';
  role?: 'driver' | 'executor';
  title: string;
  evidence?: Measure[];
}

export type RunEvaluation = RunFinding | RunOther;

interface SparkRuleDefinition<S extends z.ZodObject> {
  id: string;
  title: string;
  severity: Severity;
  ledger: LedgerKind | null;
  parameters: S;
  /** Judges one run; `around` tells what the store knows of its pods. */
  evaluate(run: SparkLog, parameters: z.infer<S>, around: SparkRun): Iterable<RunEvaluation>;
}

export function ok(title: string, evidence: Measure[] = []): RunOther {
  return { state: 'ok', title, evidence };
}

export function insufficient(title: string): RunOther {
  return { state: 'insufficient-data', title };
}

export function notApplicable(title: string): RunOther {
  return { state: 'not-applicable', title };
}

export function measure(metric: string, value: number | string | null, unit: string, samples: number): Measure {
  return { metric, value, unit, samples };
}

/** Settings as `spark-defaults.conf` and `--conf` take them. */
export function sparkConf(settings: Record<string, string | number | boolean>): RunPatch {
  return {
    format: 'spark-conf',
    content: Object.entries(settings)
      .map(([key, value]) => `${key}=${value}`)
      .join('\n'),
  };
}

export function code(content: string): RunPatch {
  return { format: 'code', content };
}

export function sure(value: number, why: string): Confidence {
  return { value, why };
}

function subjectOf(
  { cluster, log }: SparkRun,
  { stageId, role }: { stageId?: number; role?: Subject['role'] },
): Subject {
  const { namespace, family, appId } = log.application;
  return {
    kind: 'SparkApplication',
    ...(cluster && { cluster }),
    ...(namespace && { namespace }),
    name: family,
    ...(role && { role }),
    runId: appId,
    ...(stageId !== undefined && { stageId }),
  };
}

function toEvaluation(run: SparkRun, own: RunEvaluation): Evaluation {
  const window = windowOf(run.log);
  const subject = subjectOf(run, own);
  const evidence = (own.evidence ?? []).map((figure) => ({ ...figure, window }));
  if (own.state !== 'finding') return { state: own.state, subject, title: own.title, evidence };
  const { namespace, family } = run.log.application;
  const target = `SparkApplication ${namespace ? `${namespace}/` : ''}${family}`;
  const patches = own.recommendation.patches.map((patch) => ({ ...patch, target }));
  return {
    state: 'finding',
    subject,
    ...(own.severity && { severity: own.severity }),
    title: own.title,
    evidence,
    ...(own.impact && { impact: own.impact }),
    confidence: own.confidence,
    recommendation: { ...own.recommendation, patches, backtest: null },
  };
}

/** What a rule said of one subject over the runs of a family. */
interface Seen {
  newest: Evaluation;
  shown: number;
  lastRun: string;
}

interface Family {
  runs: number;
  newestRun: string;
  findings: Map<string, Seen>;
  other: Evaluation[];
}

/** The finding of the newest run that shows it; where the family has several runs, with how many of them show it. */
function merged({ newest, shown, lastRun }: Seen, family: Family): Evaluation {
  if (family.runs === 1 || newest.state !== 'finding') return newest;
  const window = newest.evidence[0]?.window;
  const isNewest = lastRun === family.newestRun;
  const evidence = window
    ? [
        ...newest.evidence,
        { metric: 'runs that show it', value: `${shown} of ${family.runs}`, unit: '', window, samples: family.runs },
      ]
    : newest.evidence;
  const value = isNewest ? newest.confidence.value : newest.confidence.value / 2;
  const why = `${newest.confidence.why}; ${shown} of ${family.runs} runs show it${isNewest ? '' : ', the newest does not'}`;
  return { ...newest, evidence, confidence: { value, why } } satisfies FindingBody;
}

function isSparkRun(item: unknown): item is SparkRun {
  return typeof item === 'object' && item !== null && 'log' in item;
}

/** One finding per family and stage, from all runs; a family without any has its newest run's answer. */
function judgeOf(id: string, evaluate: (run: SparkRun) => Iterable<RunEvaluation>): Judge {
  const families = new Map<string, Family>();
  return {
    take(item) {
      if (!isSparkRun(item)) return;
      const { namespace, family: name, appId } = item.log.application;
      const key = JSON.stringify([item.cluster, namespace, name]);
      const family = families.get(key) ?? { runs: 0, newestRun: '', findings: new Map<string, Seen>(), other: [] };
      families.set(key, family);
      family.runs++;
      family.newestRun = appId;
      const all = Array.from(evaluate(item), (own) => toEvaluation(item, own));
      for (const newest of all.filter(({ state }) => state === 'finding')) {
        const print = fingerprintOf(id, newest.subject);
        family.findings.set(print, { newest, shown: (family.findings.get(print)?.shown ?? 0) + 1, lastRun: appId });
      }
      family.other = all.filter(({ state }) => state !== 'finding');
    },
    *end() {
      for (const family of families.values()) {
        for (const seen of family.findings.values()) yield merged(seen, family);
        // A role without a finding keeps its own answer beside the other role's finding.
        const found = new Set(Array.from(family.findings.values(), ({ newest }) => newest.subject.role));
        for (const other of family.other) if (!found.has(other.subject.role)) yield other;
      }
    },
  };
}

/** Makes a rule that judges Spark runs one by one, in the store or a single log alike. */
export function defineSparkRule<S extends z.ZodObject>(definition: SparkRuleDefinition<S>): Rule {
  const { evaluate, ...meta } = definition;
  const begin = (parameters: unknown) =>
    judgeOf(meta.id, (run) => evaluate(run.log, meta.parameters.parse(parameters), run));
  const rule = defineRule({
    ...meta,
    needs: { runs: sparkRuns },
    *evaluate({ facts, parameters }) {
      const judge = begin(parameters);
      for (const run of facts.runs) judge.take(run);
      yield* judge.end();
    },
  });
  return { ...rule, pass: { over: sparkRuns, begin } };
}
