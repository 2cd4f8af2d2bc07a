import { familyPlans } from '../../analyzers/derived/family-plans.js';
import type { ArtifactInput } from '../../analyzers/rule.js';
import { artifactInput } from '../../analyzers/run.js';
import type { Report, SpotRow } from '../../model/report.js';
import { DAY_MS, type Window } from '../../model/window.js';
import { lifecycleOf } from '../../pricing/node-hours.js';
import { type PriceBook, priceBook } from '../../pricing/price-book.js';
import { familyPlanRow } from '../../spot/family-plan-row.js';
import { type HourGrid, hourGrid, hourlyMeans, integrate } from '../../spot/hour-grid.js';
import { SPOT_WINDOW_DAYS } from '../../spot/report.js';
import { coveredPieces, meanPrice, type PriceSteps, summarize } from '../../spot/step-function.js';
import { nodeRows } from '../../store/node-usage.js';
import { collectedSources } from '../../store/sources.js';
import { type SpotSeries, spotReader, spotSeries } from '../../store/spot.js';

/** Mean of each day that is covered at all: [epoch ms of the day, USD per hour]. */
function dailyMeans(steps: PriceSteps, { sinceMs, untilMs }: Window): [number, number][] {
  const days: [number, number][] = [];
  for (let day = Math.floor(sinceMs / DAY_MS) * DAY_MS; day < untilMs; day += DAY_MS) {
    const window = { sinceMs: Math.max(day, sinceMs), untilMs: Math.min(day + DAY_MS, untilMs) };
    const mean = meanPrice(coveredPieces(steps, window), window);
    if (mean) days.push([day, mean.mean]);
  }
  return days;
}

function rowOf(series: SpotSeries, steps: PriceSteps, grid: HourGrid, window: Window, book: PriceBook): SpotRow[] {
  const summary = summarize(steps, window);
  if (!summary) return [];
  const { instanceType, product, zone, region } = series;
  return [
    {
      instanceType,
      product,
      zone,
      meanUsdPerHour: summary.mean,
      p95UsdPerHour: summary.p95,
      onDemandUsdPerHour: book.onDemand(region, instanceType, product)?.usd ?? null,
      coverage: summary.coverage,
      daily: dailyMeans(steps, window),
      hourly: {
        timeZone: grid.timeZone,
        meanUsdPerHour: hourlyMeans(grid, integrate(coveredPieces(steps, window), grid)),
      },
    },
  ];
}

/** Spot prices by zone of the types that the cluster's spot nodes have, over the report's window. */
export function spotSection({ db, window, get, config }: ArtifactInput): SpotRow[] {
  const types = new Set(
    nodeRows(db).flatMap((node) => (lifecycleOf(node) === 'spot' && node.instanceType ? [node.instanceType] : [])),
  );
  const [book, read] = [get(priceBook), spotReader(db)];
  const grid = hourGrid(window, config.timeZone);
  return [...types].sort().flatMap((instanceType) =>
    spotSeries(db, { instanceType })
      .filter((series) => config.aws.products.includes(series.product))
      .flatMap((series) => rowOf(series, read(series.id, window), grid, window, book)),
  );
}

/** Plans of Spark families, over all the history that AWS keeps before the report's end. */
export function spotPlanSection({ db, window, config }: ArtifactInput): NonNullable<Report['spotPlans']> {
  const there = collectedSources(db);
  if (!there.has('kubernetes') || !there.has('aws-spot')) return [];
  const history = { sinceMs: window.untilMs - SPOT_WINDOW_DAYS * DAY_MS, untilMs: window.untilMs };
  return artifactInput(db, history, config).get(familyPlans).map(familyPlanRow);
}
