import type { Report } from '../model/report.js';
import { shown } from './text.js';

export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Series of namespaces and families; a server that scrapes pays for each. */
const MOST_SERIES = 500;

interface Sample {
  labels: Readonly<Record<string, string>>;
  /** Null: not known, thus no sample. */
  value: number | null;
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

function label([name, value]: [string, string]): string {
  const text = shown(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `${name}="${text}"`;
}

function sampleLine(name: string, { labels, value }: Sample): string {
  return `${name}{${Object.entries(labels).map(label).join(',')}} ${value}`;
}

/** Gauges in the text format of OpenMetrics, which Prometheus' own parser takes too. */
export function renderMetrics(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(({ name, help, samples }) => {
    const known = samples.filter(({ value }) => value !== null && Number.isFinite(value));
    if (!known.length) return [];
    return [`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, ...known.map((sample) => sampleLine(name, sample))];
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function findingSamples(report: Report): Sample[] {
  const counts = new Map<string, { rule: string; severity: string; count: number }>();
  // A rule without findings is told as 0, so that an alert can tell it from a rule that is gone.
  for (const { rule, finding } of report.states)
    if (finding === 0) counts.set(rule, { rule, severity: 'info', count: 0 });
  for (const { rule, severity, state } of report.findings) {
    if (state !== 'finding') continue;
    const key = `${rule} ${severity}`;
    counts.set(key, { rule, severity, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].map(({ count, ...labels }) => ({
    labels: { cluster: report.cluster, ...labels },
    value: count,
  }));
}

/** The figures of a report as gauges. */
export function reportMetrics(report: Report): Metric[] {
  const { cluster, totals, window } = report;
  const one = (value: number | null): Sample[] => [{ labels: { cluster }, value }];
  const seconds = (iso: string) => Date.parse(iso) / 1000;
  const namespaces = report.spend.byNamespace.slice(0, MOST_SERIES);
  const ofNamespaces = (pick: (row: (typeof namespaces)[number]) => number | null): Sample[] =>
    namespaces.map((row) => ({ labels: { cluster, namespace: row.key }, value: pick(row) }));
  return [
    {
      name: 'sparkfit_build_info',
      help: 'Version that made the report.',
      samples: [{ labels: { version: report.tool.version }, value: 1 }],
    },
    {
      name: 'sparkfit_report_timestamp_seconds',
      help: 'When the report was made.',
      samples: one(seconds(report.generatedAt)),
    },
    {
      name: 'sparkfit_report_window_seconds',
      help: 'Length of the window that the report covers.',
      samples: one(seconds(window.until) - seconds(window.since)),
    },
    {
      name: 'sparkfit_cost_usd_per_month',
      help: 'What the cluster costs in USD for a month of 730 h.',
      samples: one(totals.costUsdPerMonth),
    },
    {
      name: 'sparkfit_savings_usd_per_month',
      help: 'What the findings would save in USD for a month of 730 h, each dollar booked once.',
      samples: one(totals.savingsUsdPerMonth),
    },
    {
      name: 'sparkfit_freed_cpu_cores',
      help: 'CPU cores that the findings would free.',
      samples: one(totals.freedCpuCores),
    },
    {
      name: 'sparkfit_freed_memory_bytes',
      help: 'Memory that the findings would free.',
      samples: one(totals.freedMemoryBytes),
    },
    {
      name: 'sparkfit_price_coverage_ratio',
      help: 'Share of node, instance and volume hours whose price is known.',
      samples: one(totals.priceCoverage),
    },
    { name: 'sparkfit_findings', help: 'Findings by rule and severity.', samples: findingSamples(report) },
    {
      name: 'sparkfit_insufficient_data',
      help: 'Subjects that a rule could not judge for lack of data.',
      samples: report.states.map(({ rule, insufficientData }) => ({
        labels: { cluster, rule },
        value: insufficientData,
      })),
    },
    {
      name: 'sparkfit_source_ok',
      help: 'Whether a source was read without a gap: 1 yes, 0 partial, failed or absent.',
      samples: report.sources.map(({ id, state }) => ({
        labels: { cluster, source: id },
        value: state === 'ok' ? 1 : 0,
      })),
    },
    {
      name: 'sparkfit_namespace_cost_usd_per_month',
      help: 'Cost of a namespace in USD for a month of 730 h.',
      samples: ofNamespaces(({ usdPerMonth }) => usdPerMonth),
    },
    {
      name: 'sparkfit_namespace_wasted_usd_per_month',
      help: 'Requested and not used, in USD for a month of 730 h.',
      samples: ofNamespaces(({ usd, usdPerMonth, wastedUsd }) =>
        usd && usdPerMonth !== null && wastedUsd !== null ? (wastedUsd * usdPerMonth) / usd : null,
      ),
    },
    {
      name: 'sparkfit_fitness_score',
      help: 'Fitness of a namespace or Spark family, 0 to 100.',
      samples: (report.fitness ?? []).slice(0, MOST_SERIES).map(({ scope, key, score }) => ({
        labels: { cluster, scope, key },
        value: score,
      })),
    },
  ];
}

/** The report as OpenMetrics text. */
export function renderOpenMetrics(report: Report): string {
  return renderMetrics(reportMetrics(report));
}
