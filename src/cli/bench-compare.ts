import { existsSync } from 'node:fs';
import { baselinePath, readBaselineFile } from '../bench/baselines.js';
import { compareSession, compareSessions } from '../bench/compare-sessions.js';
import { gateOf } from '../bench/gate.js';
import { parseLimit } from '../bench/limits.js';
import { comparisonHtml } from '../bench/reports/html.js';
import { gateJunit } from '../bench/reports/junit.js';
import { gateMarkdown } from '../bench/reports/markdown.js';
import { renderGate } from '../bench/reports/terminal.js';
import { type BenchSession, readSession } from '../bench/session.js';
import type { SessionComparison } from '../bench/session-comparison.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import { jsonText } from '../reports/text.js';
import { readBaseline } from '../store/bench.js';
import { openStoreForReading, withStoreErrors } from '../store/open.js';
import { type OutputWords, tellComparison } from './bench-output.js';
import { metricsOf, type VerdictWords, verdictOptionsOf } from './bench-words.js';
import { writeWhole } from './files.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface CompareCommandOptions extends CommonOptions, OutputWords, VerdictWords {
  json?: boolean;
  suite?: string;
}

export interface GateOptions extends CompareCommandOptions {
  baseline: string;
  limit?: string[];
  junit?: string;
}

function inStore(config: Config, suite: string, name: string): BenchSession | undefined {
  if (!existsSync(config.store)) return undefined;
  const store = openStoreForReading(config.store);
  try {
    return withStoreErrors(store.path, () => readBaseline(store.db, suite, name));
  } finally {
    store.close();
  }
}

/** A session by its file, or a baseline by its name: the reviewed file first, then the store. */
export function sessionOf(config: Config, word: string, suite: string | undefined): BenchSession {
  if (existsSync(word)) return readSession(word);
  if (suite === undefined)
    throw new UsageError(`'${word}' is no file`, { hint: 'Name a session file, or a baseline together with --suite.' });
  const found = readBaselineFile(suite, word) ?? inStore(config, suite, word);
  if (found) return found;
  throw new UsageError(
    `there is no baseline '${word}' of suite ${suite}, neither ${baselinePath(suite, word)} nor in the store`,
    {
      hint: "Make one with 'sparkfit bench baseline set'.",
    },
  );
}

function compared(
  config: Config,
  [a, b]: readonly [string, string | undefined],
  options: CompareCommandOptions,
): SessionComparison {
  const metrics = metricsOf(options.metric);
  const verdicts = { ...verdictOptionsOf(options), ...(metrics && { metrics }) };
  if (b === undefined) return compareSession(sessionOf(config, a, options.suite), verdicts);
  const after = sessionOf(config, b, options.suite);
  return compareSessions(sessionOf(config, a, options.suite ?? after.suite), after, verdicts);
}

/** `sparkfit bench compare`: gives the exit code. */
export function benchCompare(
  config: Config,
  words: readonly [string, string | undefined],
  options: CompareCommandOptions,
  io: Io,
): ExitCode {
  const comparison = compared(config, words, options);
  tellComparison(comparison, options, io);
  return comparison.verdict === 'incomplete' ? EXIT.incomplete : EXIT.ok;
}

/** `sparkfit bench gate`: gives the exit code. */
export function benchGate(config: Config, candidate: string, options: GateOptions, io: Io): ExitCode {
  const limits = (options.limit ?? []).map(parseLimit);
  const named = [...new Set(limits.map(({ metric }) => metric))];
  // What has a limit is judged, whether or not the suite asks for it.
  const metric =
    options.metric ??
    (named.length
      ? [...new Set([...named, ...(sessionOf(config, candidate, options.suite).metrics ?? [])])]
      : undefined);
  const comparison = compared(config, [options.baseline, candidate], { ...options, ...(metric && { metric }) });
  const gate = gateOf(comparison, limits);
  const checks = gate.results.map(({ row, limit, state, text }) => ({
    workload: row.workload,
    metric: row.name,
    limit: limit?.text ?? null,
    state,
    text,
  }));
  io.out(
    options.json
      ? jsonText({ ...comparison, gate: { exitCode: gate.exitCode, headline: gate.headline, checks } })
      : renderGate(gate, io),
  );
  if (options.html !== undefined) writeWhole(options.html, comparisonHtml(comparison));
  if (options.markdown !== undefined) writeWhole(options.markdown, gateMarkdown(gate));
  if (options.junit !== undefined) writeWhole(options.junit, gateJunit(gate));
  return gate.exitCode;
}
