import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { listLogs } from '../collectors/spark/log-files.js';
import { UsageError } from '../model/errors.js';
import { isoTime } from '../model/window.js';
import { toolVersion } from '../version.js';
import { isMetric, METRIC_NAMES } from './metrics.js';
import { type RunPrice, recordedRun } from './runner.js';
import { type BenchRun, type BenchSession, SESSION_SCHEMA } from './session.js';

export interface ImportOptions {
  readonly suite: string;
  readonly workload: string;
  readonly label: string;
  readonly priceOf: RunPrice;
  readonly nowMs: number;
}

/** What hyperfine writes with --export-json, as far as it is needed. */
const Hyperfine = z.object({
  results: z.array(
    z.object({
      command: z.string(),
      times: z.array(z.number()),
      exit_codes: z.array(z.number().nullable()).optional(),
      memory_usage_byte: z.array(z.number()).optional(),
    }),
  ),
});

type Blank = Pick<BenchRun, 'workload' | 'variant' | 'position'>;

function runOf(blank: Blank, metrics: BenchRun['metrics'], exitCode: number | null, nowMs: number): BenchRun {
  const failed = exitCode !== null && exitCode !== 0;
  return {
    ...blank,
    block: null,
    warmup: false,
    state: failed ? 'failed' : 'ok',
    message: failed ? `ended with ${exitCode}` : null,
    startedAt: isoTime(nowMs),
    exitCode,
    load: null,
    metrics,
    result: null,
    facts: null,
  };
}

function hyperfineRuns(path: string, variant: string | undefined, { workload, nowMs }: ImportOptions): BenchRun[] {
  const parsed = Hyperfine.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success)
    throw new UsageError(`${path}: no JSON that hyperfine wrote`, { hint: "Write it with 'hyperfine --export-json'." });
  return parsed.data.results.flatMap(({ command, times, exit_codes: exitCodes, memory_usage_byte: memory }) =>
    times.map((time, position) => {
      const peakRss = memory?.[position];
      const name = variant !== undefined && parsed.data.results.length === 1 ? variant : command;
      return runOf(
        { workload, variant: name, position },
        { time, ...(peakRss !== undefined && { peakRss }) },
        exitCodes?.[position] ?? null,
        nowMs,
      );
    }),
  );
}

/** Rows of `variant,metric,value`; runs of a variant are numbered as their values come. */
function csvRuns(path: string, { workload, nowMs }: ImportOptions): BenchRun[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const columns = head.split(',').map((name) => name.trim());
  const places = ['variant', 'metric', 'value'].map((name) => columns.indexOf(name));
  if (places.includes(-1))
    throw new UsageError(`${path}:1: expected the columns variant, metric and value`, {
      hint: `It has ${columns.join(', ')}.`,
    });
  const runs = new Map<string, BenchRun>();
  const seen = new Map<string, number>();
  lines.forEach((line, place) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const [variant = '', metric = '', text = ''] = places.map((column) => cells[column] ?? '');
    const value = Number(text);
    if (!isMetric(metric))
      throw new UsageError(`${path}:${place + 2}: '${metric}' is no metric`, {
        hint: `Give one of ${METRIC_NAMES.join(', ')}.`,
      });
    if (text === '' || !Number.isFinite(value)) throw new UsageError(`${path}:${place + 2}: '${text}' is no number`);
    const position = seen.get(`${variant},${metric}`) ?? 0;
    seen.set(`${variant},${metric}`, position + 1);
    const key = `${variant},${position}`;
    const run = runs.get(key) ?? runOf({ workload, variant, position }, {}, null, nowMs);
    run.metrics[metric] = value;
    runs.set(key, run);
  });
  return [...runs.values()];
}

async function logRuns(path: string, variant: string, { workload, priceOf }: ImportOptions): Promise<BenchRun[]> {
  const runs: BenchRun[] = [];
  for (const log of await listLogs(path)) runs.push(await recordedRun(workload, variant, log, runs.length, priceOf));
  return runs.sort((a, b) => a.startedAt.localeCompare(b.startedAt)).map((run, position) => ({ ...run, position }));
}

async function runsOf(source: string, options: ImportOptions): Promise<BenchRun[]> {
  const at = existsSync(source) ? -1 : source.indexOf('=');
  const path = source.slice(at + 1);
  const variant = at > 0 ? source.slice(0, at) : undefined;
  if (!existsSync(path))
    throw new UsageError(`'${path}' is neither a file nor a folder`, { hint: 'Give paths, or variant=path.' });
  if (statSync(path).isFile() && path.endsWith('.json')) return hyperfineRuns(path, variant, options);
  if (statSync(path).isFile() && path.endsWith('.csv')) return csvRuns(path, options);
  return logRuns(path, variant ?? basename(path), options);
}

/**
 * A session made of what was measured elsewhere.
 * @throws UsageError that names file, line and what was expected.
 */
export async function importSources(sources: readonly string[], options: ImportOptions): Promise<BenchSession> {
  const runs: BenchRun[] = [];
  for (const source of sources) runs.push(...(await runsOf(source, options)));
  const variants = [...new Set(runs.map(({ variant }) => variant))];
  const most = Math.max(0, ...variants.map((variant) => runs.filter((run) => run.variant === variant).length));
  return {
    schema: SESSION_SCHEMA,
    id: randomUUID(),
    suite: options.suite,
    suiteHash: '',
    label: options.label,
    tool: toolVersion(),
    createdAt: isoTime(options.nowMs),
    order: 'recorded',
    seed: 0,
    runsPlanned: most,
    tolerances: {},
    metrics: null,
    workloads: [{ name: options.workload, variants, confHashes: [] }],
    environment: {},
    stoppedAlpha: {},
    skipped: [],
    complete: true,
    runs,
  };
}
