/** Runs of collectors, what they missed, and how far each got. Times are epoch milliseconds UTC, here and in all tables. */
export const COLLECTION_TABLES = `
CREATE TABLE collection_run (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  cluster TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  since_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'ok', 'partial', 'failed', 'absent')),
  rows INTEGER NOT NULL DEFAULT 0,
  detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX collection_run_source ON collection_run (source, cluster, id);

CREATE TABLE collection_gap (
  run_id INTEGER NOT NULL REFERENCES collection_run (id) ON DELETE CASCADE,
  since_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  why TEXT NOT NULL
) STRICT;
CREATE INDEX collection_gap_run ON collection_gap (run_id);

CREATE TABLE collection_cursor (
  source TEXT NOT NULL,
  cluster TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (source, cluster, key)
) STRICT, WITHOUT ROWID;
`;
