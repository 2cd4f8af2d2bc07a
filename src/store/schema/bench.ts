/** Benchmark sessions (src/bench/session.ts), their runs, named baselines and verdicts on findings. */
export const BENCH_TABLES = `
CREATE TABLE bench_session (
  id TEXT PRIMARY KEY,
  suite TEXT NOT NULL,
  label TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  git_commit TEXT,
  git_branch TEXT,
  -- all but the runs
  session_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bench_session_suite ON bench_session (suite, created_ms);

CREATE TABLE bench_run (
  session TEXT NOT NULL REFERENCES bench_session (id) ON DELETE CASCADE,
  workload TEXT NOT NULL,
  variant TEXT NOT NULL,
  position INTEGER NOT NULL,
  warmup INTEGER NOT NULL,
  state TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  run_json TEXT NOT NULL,
  PRIMARY KEY (session, workload, variant, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE bench_baseline (
  suite TEXT NOT NULL,
  name TEXT NOT NULL,
  session TEXT NOT NULL REFERENCES bench_session (id),
  set_ms INTEGER NOT NULL,
  PRIMARY KEY (suite, name)
) STRICT, WITHOUT ROWID;

-- What a benchmark said of a finding's patch; the newest row of a fingerprint counts.
CREATE TABLE bench_validation (
  fingerprint TEXT NOT NULL,
  session TEXT NOT NULL REFERENCES bench_session (id) ON DELETE CASCADE,
  validated_ms INTEGER NOT NULL,
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  verdict TEXT NOT NULL,
  shift_percent REAL,
  low_percent REAL,
  high_percent REAL,
  metric TEXT,
  PRIMARY KEY (fingerprint, session)
) STRICT, WITHOUT ROWID;
`;
