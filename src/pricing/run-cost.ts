import { stageTaskMs, taskDurationMs, windowOf } from '../analyzers/derived/spark-run.js';
import { livesOf } from '../analyzers/derived/spark-slots.js';
import { type ArtifactInput, defineArtifact } from '../analyzers/rule.js';
import { GIB } from '../model/quantity.js';
import type { SparkLog, SparkStage } from '../model/spark.js';
import { HOUR_MS, hourOf, type Window } from '../model/window.js';
import { nodeRows } from '../store/node-usage.js';
import { podRequestReader } from '../store/pod-requests.js';
import { unitPrices } from './allocation.js';
import { hourPrice, shapeOf } from './node-hours.js';
import { type Lifecycle, type PriceBook, priceBook } from './price-book.js';

/** What one stage attempt cost: its task time × the price of a slot-second of the executors it ran on. */
export interface StageCost {
  stage: SparkStage;
  usd: number;
}

/** What a run cost. Stages + idle + driver = usd. */
export interface RunCost {
  usd: number;
  stages: StageCost[];
  /** Executor time that no task used. */
  idleUsd: number;
  driverUsd: number;
}

/** USD of a pod from one moment to another; undefined where its node or price is not known. */
export type PodPrice = (namespace: string | null, pod: string, window: Window) => number | undefined;

interface ExecutorCost {
  usd: number;
  /** USD per millisecond of task. */
  perTaskMs: number;
}

/**
 * Price of an executor's task time. Tasks can overlap by a little more than there are slots (the driver's view, launch
 * to finish), so that the slots' price shrinks where task time exceeds them: stages never cost more than the executor.
 */
function executorCosts(run: SparkLog, priceOf: PodPrice): Map<string, ExecutorCost> | undefined {
  const taskMs = new Map<string, number>();
  for (const { tasks } of run.stages)
    for (let task = 0; task < tasks.count; task++) {
      const id = tasks.executorIds[tasks.executor[task] ?? 0] ?? '';
      taskMs.set(id, (taskMs.get(id) ?? 0) + Math.max(0, (tasks.finishMs[task] ?? 0) - (tasks.launchMs[task] ?? 0)));
    }
  const costs = new Map<string, ExecutorCost>();
  for (const { executor, sinceMs, untilMs, slots } of livesOf(run)) {
    const usd =
      executor.podName === null
        ? undefined
        : priceOf(run.application.namespace, executor.podName, { sinceMs, untilMs });
    if (usd === undefined) return undefined;
    const slotMs = Math.max(slots * (untilMs - sinceMs), taskMs.get(executor.id) ?? 0);
    costs.set(executor.id, { usd, perTaskMs: slotMs > 0 ? usd / slotMs : 0 });
  }
  return costs;
}

function stageUsd(stage: SparkStage, executors: ReadonlyMap<string, ExecutorCost>): number {
  const prices = stage.tasks.executorIds.map((id) => executors.get(id)?.perTaskMs ?? 0);
  if (new Set(prices).size === 1) return stageTaskMs(stage) * (prices[0] ?? 0);
  let usd = 0;
  for (let task = 0; task < stage.tasks.count; task++)
    usd += taskDurationMs(stage, task) * (prices[stage.tasks.executor[task] ?? 0] ?? 0);
  return usd;
}

/** The cost of a run from its pods' prices; undefined unless the driver and every executor is a pod with a known price. */
export function runCost(run: SparkLog, priceOf: PodPrice): RunCost | undefined {
  const executors = executorCosts(run, priceOf);
  const driver = run.executors.find((executor) => executor.isDriver);
  const driverUsd = driver?.podName ? priceOf(run.application.namespace, driver.podName, windowOf(run)) : undefined;
  if (!executors || driverUsd === undefined) return undefined;
  const stages = run.stages.map((stage) => ({ stage, usd: stageUsd(stage, executors) }));
  const executorUsd = [...executors.values()].reduce((sum, { usd }) => sum + usd, 0);
  const stagesUsd = stages.reduce((sum, { usd }) => sum + usd, 0);
  return { usd: executorUsd + driverUsd, stages, idleUsd: Math.max(0, executorUsd - stagesUsd), driverUsd };
}

interface PodPriceOptions {
  /** As if the node were bought so. */
  as?: Lifecycle;
  /** Of what the pod asks for the GPUs alone. */
  gpusOnly?: boolean;
}

/** Prices pods by what they request: cores, GiB and GPUs at their node's unit prices, hour by hour. */
function podPricer({ db, get }: ArtifactInput, { as, gpusOnly = false }: PodPriceOptions = {}): PodPrice {
  const book: PriceBook = get(priceBook);
  const nodes = new Map(nodeRows(db).map((node) => [node.name, as ? { ...node, lifecycle: as } : node]));
  const read = podRequestReader(db);
  return (namespace, pod, { sinceMs, untilMs }) => {
    const request = read(namespace, pod);
    const node = request?.node ? nodes.get(request.node) : undefined;
    const shape = node && shapeOf(node);
    if (!request || !node || !shape) return undefined;
    let usd = 0;
    for (let hourMs = hourOf(sinceMs); hourMs < untilMs; hourMs += HOUR_MS) {
      const usdPerHour = hourPrice(book, node, hourMs)?.usd;
      if (usdPerHour === undefined) return undefined;
      const price = unitPrices(shape, usdPerHour);
      const hours = (Math.min(untilMs, hourMs + HOUR_MS) - Math.max(sinceMs, hourMs)) / HOUR_MS;
      const rest = request.cpuCores * price.cpu + (request.memoryBytes / GIB) * price.memory;
      usd += hours * (request.gpus * price.gpu + (gpusOnly ? 0 : rest));
    }
    return usd;
  };
}

export const podPrices = defineArtifact<PodPrice>({
  id: 'pod-prices',
  sources: [],
  compute: (input) => podPricer(input),
});

/** Prices the GPUs of pods alone. */
export function gpuPrices(input: ArtifactInput): PodPrice {
  return podPricer(input, { gpusOnly: true });
}

/** What an hour of the run's pods costs, bought in one way; the driver on demand, whatever the executors are. */
export interface RunRate {
  lifecycle: Lifecycle;
  executorUsdPerHour: number;
  driverUsdPerHour: number;
}

/** USD per hour of a pod of the run, the mean over the lives of its executors; undefined if one price is not known. */
function executorRate(run: SparkLog, priceOf: PodPrice): number | undefined {
  let [usd, ms] = [0, 0];
  for (const { executor, sinceMs, untilMs } of livesOf(run)) {
    const own = executor.podName && priceOf(run.application.namespace, executor.podName, { sinceMs, untilMs });
    if (typeof own !== 'number') return undefined;
    usd += own;
    ms += untilMs - sinceMs;
  }
  return ms > 0 ? (usd / ms) * HOUR_MS : undefined;
}

/** The run's pods on the types and in the zones that they had, on demand and on spot; those without a price are left out. */
export function runRates(run: SparkLog, input: ArtifactInput): RunRate[] {
  const window = windowOf(run);
  const driver = run.executors.find((executor) => executor.isDriver)?.podName;
  const driverUsd = driver && podPricer(input, { as: 'on-demand' })(run.application.namespace, driver, window);
  const driverMs = window.untilMs - window.sinceMs;
  if (typeof driverUsd !== 'number' || driverMs <= 0) return [];
  return (['on-demand', 'spot'] as const).flatMap((lifecycle): RunRate[] => {
    const executorUsdPerHour = executorRate(run, podPricer(input, { as: lifecycle }));
    if (executorUsdPerHour === undefined) return [];
    return [{ lifecycle, executorUsdPerHour, driverUsdPerHour: (driverUsd / driverMs) * HOUR_MS }];
  });
}
