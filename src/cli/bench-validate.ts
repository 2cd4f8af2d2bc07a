import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { compareSession } from '../bench/compare-sessions.js';
import { isComplete } from '../bench/session.js';
import { loadSuite } from '../bench/suite.js';
import { decidingRow, type Validatable, validationSuite } from '../bench/validate.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, messageOf, UsageError } from '../model/errors.js';
import { Report } from '../model/report.js';
import { formatIsoWindow } from '../reports/format.js';
import { shown } from '../reports/text.js';
import { saveBenchSession, saveValidation } from '../store/bench.js';
import { openStore, withStoreErrors } from '../store/open.js';
import { reportOf } from './analyze.js';
import { tellComparison } from './bench-output.js';
import { measure, type RunOptions } from './bench-run.js';
import type { Io } from './io.js';

export interface ValidateOptions extends RunOptions {
  report?: string;
  suite?: string;
}

const Findings = z.object({ findings: Report.shape.findings });

/** @throws UsageError that names the window that was looked at. */
function inStore(config: Config, fingerprint: string, { since, until }: ValidateOptions, io: Io): Validatable {
  const { findings, window } = reportOf(config, { ...(since && { since }), ...(until && { until }) }, io);
  const finding = findings.find((candidate) => candidate.fingerprint === fingerprint);
  if (finding) return finding;
  throw new UsageError(`there is no finding ${shown(fingerprint)} from ${formatIsoWindow(window)}`, {
    hint: "Give the --since and --until with which 'sparkfit analyze --json' shows it, or its output with --report.",
  });
}

function inReport(path: string, fingerprint: string): Validatable {
  const finding = findingsOf(path).find((candidate) => candidate.fingerprint === fingerprint);
  if (finding) return finding;
  throw new UsageError(`there is no finding ${shown(fingerprint)} in ${path}`, {
    hint: 'See the fingerprints under findings in it.',
  });
}

function findingsOf(path: string): Validatable[] {
  try {
    return Findings.parse(JSON.parse(readFileSync(path, 'utf8'))).findings;
  } catch (error) {
    throw new UsageError(`--report ${path}: ${messageOf(error)}`, {
      hint: "Give what 'sparkfit analyze --json' printed.",
      cause: error,
    });
  }
}

/** `sparkfit bench validate`: gives the exit code, 1 if the patch made it worse. */
export async function benchValidate(
  config: Config,
  fingerprint: string,
  options: ValidateOptions,
  io: Io,
): Promise<ExitCode> {
  if (options.suite === undefined)
    throw new UsageError('--suite is missing', {
      hint: 'Name the suite that runs the workload: its first variant is the present state.',
    });
  const finding =
    options.report === undefined ? inStore(config, fingerprint, options, io) : inReport(options.report, fingerprint);
  const { session, path } = await measure(config, validationSuite(loadSuite(options.suite), finding), options, io);
  const comparison = compareSession(session);
  const row = decidingRow(comparison);
  const store = openStore(config.store);
  try {
    withStoreErrors(store.path, () => {
      saveBenchSession(store.db, session);
      saveValidation(store.db, {
        fingerprint,
        session: session.id,
        validatedMs: io.nowMs,
        rule: finding.rule,
        subject: `${finding.subject.kind} ${finding.subject.namespace ? `${finding.subject.namespace}/` : ''}${finding.subject.name}`,
        verdict: comparison.verdict,
        shiftPercent: row?.shiftPercent ?? null,
        lowPercent: row?.ciPercent?.[0] ?? null,
        highPercent: row?.ciPercent?.[1] ?? null,
        metric: row?.name ?? null,
      });
    });
  } finally {
    store.close();
  }
  tellComparison(comparison, options, io);
  io.err(`booked on finding ${shown(fingerprint)} (${finding.rule}): ${comparison.verdict}; session: ${path}`);
  if (comparison.verdict === 'regressed' || comparison.verdict === 'invalid') return EXIT.verdict;
  return isComplete(session) ? EXIT.ok : EXIT.incomplete;
}
