import type { ArtifactInput } from '../../analyzers/rule.js';
import type { SparkRunRow } from '../../model/report.js';
import type { SparkLog } from '../../model/spark.js';
import { podPrices, runCost, runRates } from '../../pricing/run-cost.js';
import { gpuFacts, type RunGpus, runGpus } from '../../pricing/run-gpus.js';
import type { RunMoney } from '../../spark/clinic.js';
import { sparkRunRow } from '../../spark/run-row.js';
import { stageRows, whatIfRow } from '../../spark/stage-rows.js';
import { whatIf } from '../../spark/what-if.js';
import { clusterOf, collectedSources } from '../../store/sources.js';
import { listSparkApplications, readSparkLog } from '../../store/spark.js';
import { byText } from '../order.js';

const NO_MONEY: RunMoney = { cost: undefined, rates: [] };

function gpusRow({ profiles, ...sums }: RunGpus): SparkRunRow['gpus'] {
  return { ...sums, profiles: profiles.map(({ profile, ...held }) => ({ ...profile, ...held })) };
}

/** Where a run's time went, its stages, other shapes of it, and its dollars where its pods and their prices are known. */
export function runRow(log: SparkLog, { cost, rates, gpus = runGpus(log) }: RunMoney = NO_MONEY): SparkRunRow {
  const shapes = whatIf(log);
  const row = {
    ...sparkRunRow(log),
    stages: stageRows(log),
    whatIf: shapes ? whatIfRow(shapes, rates) : null,
    ...(gpus && { gpus: gpusRow(gpus) }),
  };
  if (!cost) return { ...row, usd: null, cost: null };
  const stages = cost.stages.map(({ stage, usd }) => ({ stageId: stage.stageId, attempt: stage.attempt, usd }));
  return { ...row, usd: cost.usd, cost: { driverUsd: cost.driverUsd, idleUsd: cost.idleUsd, stages } };
}

/** The newest run of each family: where its time and money went. */
export function sparkRunSection(input: ArtifactInput): SparkRunRow[] {
  const { db, window, config } = input;
  if (!collectedSources(db).has('spark-logs')) return [];
  const cluster = config.cluster || clusterOf(db) || 'default';
  // Oldest first, so the last of a family is its newest.
  const newest = new Map(
    listSparkApplications(db, cluster, window).map(({ key, application }) => [application.family, key]),
  );
  const priceOf = input.get(podPrices);
  return [...newest.values()]
    .map((key) => {
      const log = readSparkLog(db, key);
      const gpus = runGpus(log, gpuFacts(log, cluster, input));
      return runRow(log, { cost: runCost(log, priceOf), rates: runRates(log, input), gpus });
    })
    .sort((a, b) => byText(a.family, b.family));
}
