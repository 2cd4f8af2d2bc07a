import { type HistoryPoint, type HistorySeries, historySeries } from '../bench/history.js';
import { METRIC_NAMES, type MetricName } from '../bench/metrics.js';
import { historyHtml } from '../bench/reports/html.js';
import { sparkline } from '../bench/reports/lines.js';
import { type BenchSession, readSession, soundRuns } from '../bench/session.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import { formatCount, formatDay, formatValue } from '../reports/format.js';
import { jsonText, shown, wrap } from '../reports/text.js';
import { detectableEffect, runsFor } from '../statistics/power.js';
import { mean, medianOf, standardDeviation } from '../statistics/ranks.js';
import { benchSessions, benchSuites } from '../store/bench.js';
import { openStoreForReading, withStoreErrors } from '../store/open.js';
import { metricsOf, numberOf, percentOf } from './bench-words.js';
import { writeWhole } from './files.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface HistoryOptions extends CommonOptions {
  workload?: string;
  metric?: string[];
  branch?: string;
  html?: string;
}

export interface PlanOptions {
  cv?: string;
  session?: string;
  effect?: string;
  runs?: string;
  power?: string;
  alpha?: string;
  json?: boolean;
}

function pointsOf(session: BenchSession, workload: string, variant: string, metric: MetricName): HistoryPoint[] {
  const values = soundRuns(session, workload, variant).flatMap(({ metrics }) => metrics[metric] ?? []);
  if (!values.length) return [];
  const { gitCommit } = session.environment;
  const commit = gitCommit === null || gitCommit === undefined ? null : String(gitCommit);
  return [
    {
      session: session.id,
      label: session.label,
      atMs: Date.parse(session.createdAt),
      gitCommit: commit,
      median: medianOf(values),
      runs: values.length,
    },
  ];
}

function collectSeries(sessions: Iterable<BenchSession>, suite: string, options: HistoryOptions): HistorySeries[] {
  const metrics = metricsOf(options.metric) ?? (['time', 'cost'] as const);
  const series = new Map<string, { workload: string; variant: string; metric: MetricName; points: HistoryPoint[] }>();
  for (const session of sessions)
    for (const { name: workload, variants } of session.workloads) {
      if (options.workload !== undefined && workload !== options.workload) continue;
      for (const variant of variants)
        for (const metric of METRIC_NAMES.filter((name) => metrics.some((wanted) => wanted === name))) {
          const points = pointsOf(session, workload, variant, metric);
          const key = JSON.stringify([workload, variant, metric]);
          const known = series.get(key) ?? { workload, variant, metric, points: [] };
          if (points.length) series.set(key, { ...known, points: [...known.points, ...points] });
        }
    }
  return [...series.values()].map(({ points, ...key }) => historySeries({ suite, ...key }, points));
}

function seriesLines(series: HistorySeries, columns: number): string[] {
  const { points, changes, unit } = series;
  const told = changes.map(({ at, shiftPercent, verdict, p }) => {
    const point = points[at];
    return `${verdict} by ${shiftPercent.toFixed(1)} % since ${formatDay(point?.atMs ?? 0)} UTC${point?.gitCommit ? ` (${point.gitCommit.slice(0, 10)})` : ''}, p ${p.toFixed(4)}`;
  });
  const first = points[0]?.median ?? 0;
  const last = points.at(-1)?.median ?? 0;
  return [
    `${shown(series.workload)}/${shown(series.variant)} ${series.metric}: ${formatValue(first, unit)} → ${formatValue(last, unit)} over ${formatCount(points.length, 'session')}`,
    `    ${sparkline(points.map(({ median }) => median).slice(-(columns - 8)))}`,
    ...(told.length ? told : [series.insufficient ?? 'no change of level']).flatMap((text) =>
      wrap(text, columns - 4).map((line) => `    ${line}`),
    ),
  ];
}

/** `sparkfit bench history`: gives the exit code. */
export function benchHistory(config: Config, suite: string, options: HistoryOptions, io: Io): ExitCode {
  const store = openStoreForReading(config.store, 'bench run');
  try {
    const series = withStoreErrors(store.path, () =>
      collectSeries(benchSessions(store.db, suite, options.branch ?? null), suite, options),
    );
    const known = benchSuites(store.db);
    if (!series.length)
      throw new UsageError(`no session of suite '${suite}' is in the store ${config.store}`, {
        hint: known.length ? `It has sessions of ${known.join(', ')}.` : "Run 'sparkfit bench run' first.",
      });
    io.out(
      options.json
        ? jsonText({ schema: 'sparkfit.bench-history/1', suite, rows: series })
        : series.flatMap((one) => seriesLines(one, io.columns)).join('\n'),
    );
    if (options.html !== undefined) writeWhole(options.html, historyHtml(suite, series));
    return EXIT.ok;
  } finally {
    store.close();
  }
}

/** Noise of a session's wall time: the greatest of its variants, relative. */
function noiseOf(path: string): number {
  const session = readSession(path);
  const noises = session.workloads.flatMap(({ name, variants }) =>
    variants.flatMap((variant) => {
      const times = soundRuns(session, name, variant).flatMap(({ metrics }) => metrics.time ?? []);
      return times.length >= 3 ? [standardDeviation(times) / mean(times)] : [];
    }),
  );
  if (noises.length) return Math.max(...noises);
  throw new UsageError(`--session ${path}: fewer than three runs of each variant: no noise to be had`);
}

const RUN_COUNTS = [4, 5, 8, 10, 15, 20, 30];

/** `sparkfit bench plan`: gives the exit code. */
export function benchPlan(options: PlanOptions, io: Io): ExitCode {
  const noise =
    options.session !== undefined
      ? noiseOf(options.session)
      : options.cv !== undefined
        ? percentOf(options.cv, '--cv') / 100
        : undefined;
  if (noise === undefined)
    throw new UsageError('neither --cv nor --session was given', {
      hint: "The noise decides: 'sparkfit bench aa' measures it.",
    });
  const power = options.power === undefined ? 0.8 : numberOf(options.power, '--power', 0.5, 0.99);
  const alpha = options.alpha === undefined ? 0.05 : numberOf(options.alpha, '--alpha', 0.0001, 0.5);
  const asked = { power, alpha };
  const effectPercent = options.effect === undefined ? null : percentOf(options.effect, '--effect');
  const runs =
    effectPercent === null ? null : noise === 0 ? 4 : runsFor(Math.log1p(effectPercent / 100) / noise, asked);
  const counts = options.runs === undefined ? RUN_COUNTS : [numberOf(options.runs, '--runs', 2, 1000, true)];
  const table = counts.map((count) => {
    const effect = detectableEffect(count, asked) * noise;
    return { runs: count, detectablePercent: Number.isFinite(effect) ? Math.expm1(effect) * 100 : null };
  });
  const plan = {
    schema: 'sparkfit.bench-plan/1',
    noisePercent: noise * 100,
    power,
    alpha,
    effectPercent,
    runsPerSide: runs,
    table,
  };
  if (options.json) {
    io.out(jsonText(plan));
    return EXIT.ok;
  }
  const told =
    effectPercent === null
      ? []
      : [
          runs === null
            ? `No ${1000} runs a side find ${effectPercent} %.`
            : `${runs} runs a side find a change of ${effectPercent} % in ${Math.round(power * 100)} of 100 tries.`,
          '',
        ];
  io.out(
    [
      `Noise ${(noise * 100).toFixed(1)} %, false verdicts at most ${(alpha * 100).toFixed(1)} %.`,
      ...told,
      'runs a side   smallest change that is found',
      ...table.map(
        ({ runs: count, detectablePercent }) =>
          `${String(count).padStart(11)}   ${detectablePercent === null ? 'none: too few to ever be significant' : `${detectablePercent.toFixed(1)} %`}`,
      ),
    ].join('\n'),
  );
  return EXIT.ok;
}
