import { medianOf } from '../statistics/ranks.js';
import type { BenchRun, RunFacts } from './session.js';

interface Reasons {
  texts: string[];
  slowestStages: [string | null, string | null];
}

const FINDINGS_TOLD = 4;

/** The run whose time lies nearest to the median: it stands for its side. */
function middleRun(runs: readonly BenchRun[]): BenchRun | undefined {
  const known = runs.filter(({ facts, metrics }) => facts !== null && metrics.time !== undefined);
  if (!known.length) return undefined;
  const centre = medianOf(known.map(({ metrics }) => metrics.time ?? 0));
  const distance = (run: BenchRun) => Math.abs((run.metrics.time ?? 0) - centre);
  return known.reduce((best, run) => (distance(run) < distance(best) ? run : best));
}

function findingText({ rule, title, secondsPerRun }: RunFacts['findings'][number]): string {
  const seconds = secondsPerRun === null || secondsPerRun <= 0 ? '' : ` (${secondsPerRun.toFixed(1)} s a run)`;
  return `${rule}: ${title}${seconds}`;
}

/** Findings of one run that the other has not, by rule. */
function without(facts: RunFacts, other: RunFacts): RunFacts['findings'] {
  const rules = new Set(other.findings.map(({ rule }) => rule));
  return facts.findings.filter(({ rule }) => !rules.has(rule)).slice(0, FINDINGS_TOLD);
}

export function slowestStageText(facts: RunFacts | null | undefined): string | null {
  const stage = facts?.slowestStages[0];
  return stage ? `stage ${stage.stageId} (${stage.name}), ${stage.seconds.toFixed(1)} s` : null;
}

/** What the event logs say about a change; null where a side has none. */
export function reasonsOf(a: readonly BenchRun[], b: readonly BenchRun[]): Reasons | null {
  const [factsA, factsB] = [middleRun(a)?.facts, middleRun(b)?.facts];
  if (!factsA || !factsB) return null;
  return {
    texts: [
      ...without(factsA, factsB).map((finding) => `gone: ${findingText(finding)}`),
      ...without(factsB, factsA).map((finding) => `new: ${findingText(finding)}`),
    ],
    slowestStages: [slowestStageText(factsA), slowestStageText(factsB)],
  };
}

/** What one side's runs say by themselves. */
export function factsOfMiddle(runs: readonly BenchRun[]): RunFacts | null {
  return middleRun(runs)?.facts ?? null;
}
