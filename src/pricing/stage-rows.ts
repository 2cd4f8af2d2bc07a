import { sparkRuns } from '../analyzers/derived/spark-runs.js';
import type { ArtifactInput } from '../analyzers/rule.js';
import { collectedSources } from '../store/sources.js';
import { type CostTally, emptyTally } from './cost-table.js';
import { podPrices, type RunCost, runCost } from './run-cost.js';

type Part = keyof Omit<CostTally, 'key'>;
const PARTS = Object.keys(emptyTally('')).filter((name): name is Part => name !== 'key');

function scaled(row: CostTally, key: string, share: number): CostTally {
  const part = emptyTally(key);
  for (const name of PARTS) part[name] = row[name] * share;
  return part;
}

/** The parts of a run's cost by name; they add up to 1. */
function sharesOf({ usd, stages, idleUsd, driverUsd }: RunCost): [name: string, share: number][] {
  return [
    ...stages.map(({ stage, usd: own }): [string, number] => [`stage ${stage.stageId}.${stage.attempt}`, own / usd]),
    ['driver', driverUsd / usd],
    ['executors without a task', idleUsd / usd],
  ];
}

/**
 * Rows of runs split into their stages, the driver, and executor time that no task used, by what the event log says.
 * Runs without a log stay whole, so that the sum stays what it is.
 */
export function splitIntoStages(rows: ReadonlyMap<string, CostTally>, input: ArtifactInput): Map<string, CostTally> {
  const split = new Map(rows);
  if (!collectedSources(input.db).has('spark-logs')) return split;
  const priceOf = input.get(podPrices);
  for (const { log } of input.get(sparkRuns)) {
    const { appId } = log.application;
    const row = [...split.values()].find(({ key }) => key.endsWith(`/${appId}`));
    const cost = row && runCost(log, priceOf);
    if (!row || !cost || cost.usd <= 0) continue;
    split.delete(row.key);
    for (const [name, share] of sharesOf(cost)) {
      const key = `${row.key}/${name}`;
      if (share > 0) split.set(key, scaled(row, key, share));
    }
  }
  return split;
}
