import { z } from 'zod';
import { BenchRun, BenchSession } from '../bench/session.js';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const PUT_SESSION = `INSERT INTO bench_session (id, suite, label, created_ms, git_commit, git_branch, session_json)
  VALUES (@id, @suite, @label, @createdMs, @gitCommit, @gitBranch, @json)
  ON CONFLICT DO UPDATE SET label = excluded.label, session_json = excluded.session_json`;
const PUT_RUN = `INSERT INTO bench_run (session, workload, variant, position, warmup, state, started_ms, run_json)
  VALUES (@session, @workload, @variant, @position, @warmup, @state, @startedMs, @json)
  ON CONFLICT DO UPDATE SET state = excluded.state, run_json = excluded.run_json`;
const GET_SESSION = `SELECT session_json AS json FROM bench_session WHERE id = ?`;
const RUNS = `SELECT run_json AS json FROM bench_run WHERE session = ? ORDER BY workload, position, variant`;
const SESSIONS = `SELECT id FROM bench_session WHERE suite = @suite AND (@branch IS NULL OR git_branch = @branch) ORDER BY created_ms, id`;
const NEWEST = `SELECT id FROM bench_session s WHERE created_ms >= @sinceMs AND created_ms < @untilMs AND id = (
    SELECT id FROM bench_session WHERE suite = s.suite AND created_ms >= @sinceMs AND created_ms < @untilMs
    ORDER BY created_ms DESC, id DESC LIMIT 1)
  ORDER BY suite`;
const PREVIOUS = `SELECT id FROM bench_session WHERE suite = @suite AND (created_ms, id) < (@createdMs, @id)
  ORDER BY created_ms DESC, id DESC LIMIT 1`;
const SUITES = `SELECT DISTINCT suite FROM bench_session ORDER BY suite`;
const PUT_BASELINE = `INSERT INTO bench_baseline (suite, name, session, set_ms) VALUES (@suite, @name, @session, @setMs)
  ON CONFLICT DO UPDATE SET session = excluded.session, set_ms = excluded.set_ms`;
const BASELINE = `SELECT session FROM bench_baseline WHERE suite = ? AND name = ?`;
const BASELINES = `SELECT b.suite, b.name, b.set_ms AS setMs, s.created_ms AS createdMs, s.git_commit AS gitCommit, s.git_branch AS gitBranch,
    (SELECT count(*) FROM bench_run r WHERE r.session = b.session AND r.warmup = 0 AND r.state = 'ok') AS runs
  FROM bench_baseline b JOIN bench_session s ON s.id = b.session ORDER BY b.suite, b.name`;
const PUT_VALIDATION = `INSERT INTO bench_validation
    (fingerprint, session, validated_ms, rule, subject, verdict, shift_percent, low_percent, high_percent, metric)
  VALUES (@fingerprint, @session, @validatedMs, @rule, @subject, @verdict, @shiftPercent, @lowPercent, @highPercent, @metric)
  ON CONFLICT DO UPDATE SET verdict = excluded.verdict, validated_ms = excluded.validated_ms,
    shift_percent = excluded.shift_percent, low_percent = excluded.low_percent, high_percent = excluded.high_percent`;
const VALIDATIONS = `SELECT fingerprint, session, validated_ms AS validatedMs, rule, subject, verdict, shift_percent AS shiftPercent,
    low_percent AS lowPercent, high_percent AS highPercent, metric FROM bench_validation`;
const VALIDATION = `${VALIDATIONS} WHERE fingerprint = ? ORDER BY validated_ms DESC LIMIT 1`;
const VALIDATION_BY = `${VALIDATIONS} WHERE session = ? ORDER BY validated_ms DESC LIMIT 1`;

const Json = z.object({ json: z.string() });
const Id = z.object({ id: z.string() });
const SessionOf = z.object({ session: z.string() });
const BaselineRow = z.object({
  suite: z.string(),
  name: z.string(),
  setMs: z.number(),
  createdMs: z.number(),
  gitCommit: z.string().nullable(),
  gitBranch: z.string().nullable(),
  runs: z.number(),
});
export type BaselineRow = z.infer<typeof BaselineRow>;

/** What a benchmark said of a finding's patch. Shift and interval in per cent of the present state. */
const Validation = z.object({
  fingerprint: z.string(),
  session: z.string(),
  validatedMs: z.number(),
  rule: z.string(),
  subject: z.string(),
  verdict: z.string(),
  shiftPercent: z.number().nullable(),
  lowPercent: z.number().nullable(),
  highPercent: z.number().nullable(),
  metric: z.string().nullable(),
});
export type Validation = z.infer<typeof Validation>;

function textOf(value: string | number | null | undefined): string | null {
  return value === undefined || value === null ? null : String(value);
}

/** Keeps a session with its runs; keeping it again changes nothing but what is new. */
export function saveBenchSession(db: Db, session: BenchSession): void {
  const { runs, ...rest } = session;
  db.transaction(() => {
    prepared(db, PUT_SESSION).run({
      id: session.id,
      suite: session.suite,
      label: session.label,
      createdMs: Date.parse(session.createdAt),
      gitCommit: textOf(session.environment.gitCommit),
      gitBranch: textOf(session.environment.gitBranch),
      json: JSON.stringify(rest),
    });
    for (const run of runs)
      prepared(db, PUT_RUN).run({
        session: session.id,
        workload: run.workload,
        variant: run.variant,
        position: run.position,
        warmup: run.warmup ? 1 : 0,
        state: run.state,
        startedMs: Date.parse(run.startedAt),
        json: JSON.stringify(run),
      });
  }).immediate();
}

/** A session that was kept; undefined if there is none of that id. */
export function readBenchSession(db: Db, id: string): BenchSession | undefined {
  const row = Json.optional().parse(prepared(db, GET_SESSION).get(id));
  if (!row) return undefined;
  const runs = z.array(Json).parse(prepared(db, RUNS).all(id));
  return BenchSession.parse({
    ...z.record(z.string(), z.unknown()).parse(JSON.parse(row.json)),
    runs: runs.map(({ json }) => BenchRun.parse(JSON.parse(json))),
  });
}

/** Sessions of a suite, oldest first, one after the other. */
export function* benchSessions(db: Db, suite: string, branch: string | null = null): Generator<BenchSession> {
  for (const { id } of z.array(Id).parse(prepared(db, SESSIONS).all({ suite, branch }))) {
    const session = readBenchSession(db, id);
    if (session) yield session;
  }
}

function sessionsOf(db: Db, rows: readonly unknown[]): BenchSession[] {
  return z
    .array(Id)
    .parse(rows)
    .map(({ id }) => readBenchSession(db, id))
    .filter((session) => session !== undefined);
}

/** The newest session of each suite that was begun in the window, by the suites' names. */
export function newestBenchSessions(db: Db, { sinceMs, untilMs }: Window): BenchSession[] {
  return sessionsOf(db, prepared(db, NEWEST).all({ sinceMs, untilMs }));
}

/** The session of the same suite before this one, however long ago. */
export function previousBenchSession(db: Db, { id, suite, createdAt }: BenchSession): BenchSession | undefined {
  return sessionsOf(db, prepared(db, PREVIOUS).all({ id, suite, createdMs: Date.parse(createdAt) }))[0];
}

export function benchSuites(db: Db): string[] {
  return z
    .array(z.object({ suite: z.string() }))
    .parse(prepared(db, SUITES).all())
    .map(({ suite }) => suite);
}

export function setBaseline(db: Db, session: BenchSession, name: string, setMs: number): void {
  saveBenchSession(db, session);
  prepared(db, PUT_BASELINE).run({ suite: session.suite, name, session: session.id, setMs });
}

export function readBaseline(db: Db, suite: string, name: string): BenchSession | undefined {
  const row = SessionOf.optional().parse(prepared(db, BASELINE).get(suite, name));
  return row && readBenchSession(db, row.session);
}

export function listBaselines(db: Db): BaselineRow[] {
  return z.array(BaselineRow).parse(prepared(db, BASELINES).all());
}

/** Books the verdict of a benchmark on a finding. */
export function saveValidation(db: Db, validation: Validation): void {
  prepared(db, PUT_VALIDATION).run(validation);
}

/** The newest verdict on a finding's patch. */
export function readValidation(db: Db, fingerprint: string): Validation | undefined {
  return Validation.optional().parse(prepared(db, VALIDATION).get(fingerprint));
}

/** The finding whose patch a session tried, with the verdict. */
export function validationOf(db: Db, session: string): Validation | undefined {
  return Validation.optional().parse(prepared(db, VALIDATION_BY).get(session));
}
