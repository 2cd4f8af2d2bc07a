/** What is known of findings over the nights, what was told to whom, and which promises came true. */
export const LIFECYCLE_TABLES = `
-- One evaluation that counted. Several within half a day are one night; the newest of them stands for it.
CREATE TABLE night (
  id INTEGER PRIMARY KEY,
  cluster TEXT NOT NULL,
  -- end of its window
  at_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  cost_usd_per_month REAL,
  savings_usd_per_month REAL,
  findings INTEGER NOT NULL,
  -- JSON: state of each source by its id
  sources TEXT NOT NULL
) STRICT;
CREATE INDEX night_cluster ON night (cluster, id);

CREATE TABLE finding (
  fingerprint TEXT PRIMARY KEY,
  cluster TEXT NOT NULL,
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'open', 'resolved')),
  severity TEXT NOT NULL,
  title TEXT NOT NULL,
  -- the last that was known
  usd_per_month REAL,
  confidence REAL NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  opened_ms INTEGER,
  resolved_ms INTEGER,
  times_opened INTEGER NOT NULL,
  -- one letter a night with data, the newest last: f found, c clean
  recent TEXT NOT NULL,
  marked_ms INTEGER NOT NULL,
  -- why the newest night says nothing of it; null if it does
  unknown_why TEXT,
  -- as last told: what counts as changed is measured against it
  told_usd_per_month REAL,
  told_severity TEXT NOT NULL,
  mute_kind TEXT CHECK (mute_kind IN ('suppressed', 'accepted')),
  mute_since_ms INTEGER,
  mute_until_ms INTEGER,
  mute_by TEXT,
  mute_why TEXT,
  -- JSON of the newest evaluation that found it
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_cluster ON finding (cluster, state);

CREATE TABLE finding_event (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL REFERENCES finding (fingerprint) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,
  title TEXT NOT NULL,
  usd_before REAL,
  usd_after REAL,
  why TEXT NOT NULL,
  by TEXT
) STRICT;
CREATE INDEX finding_event_fingerprint ON finding_event (fingerprint, id);
CREATE INDEX finding_event_time ON finding_event (at_ms);

-- What a receiver was last meant to know of a key.
CREATE TABLE alert_state (
  sink TEXT NOT NULL,
  key TEXT NOT NULL,
  cluster TEXT NOT NULL,
  -- of rules: spark, sizing, …; 'nightly' for the failure of a night
  family TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
  -- of what was told and to which address: the same is not told twice
  digest TEXT NOT NULL,
  -- fingerprints that are in it
  members TEXT NOT NULL,
  PRIMARY KEY (sink, key)
) STRICT, WITHOUT ROWID;

-- Events that are to be, or were, delivered, in the order in which they came about. Of one key only the newest is sent.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sink TEXT NOT NULL,
  key TEXT NOT NULL,
  event TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused', 'superseded')),
  created_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  attempted_ms INTEGER,
  -- by the real clock: not before that
  next_ms INTEGER NOT NULL DEFAULT 0,
  sent_ms INTEGER,
  error TEXT
) STRICT;
CREATE INDEX outbox_state ON outbox (state, sink, key, id);

-- What the parts that patches name were set to, as last seen, and since when.
CREATE TABLE watched_field (
  fingerprint TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, field)
) STRICT, WITHOUT ROWID;

-- A saving that was promised, and its proof. One row per change that was seen.
CREATE TABLE saving (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  cluster TEXT NOT NULL,
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  promised_usd_per_month REAL,
  promised_ms INTEGER NOT NULL,
  applied_ms INTEGER NOT NULL,
  -- JSON: [{field, before, after}]
  changes TEXT NOT NULL,
  -- JSON of the newest comparison; null until there is one
  realised TEXT,
  UNIQUE (fingerprint, applied_ms)
) STRICT;

-- What a workload cost on a UTC day, on nodes whose price is known.
CREATE TABLE workload_day (
  workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
  day_ms INTEGER NOT NULL,
  usd REAL NOT NULL,
  -- hours of the day with measured use anywhere in the cluster
  covered_hours REAL NOT NULL,
  -- mean price of the nodes that it ran on, USD per node-hour; null where none is known
  node_usd_per_hour REAL,
  PRIMARY KEY (workload_id, day_ms)
) STRICT, WITHOUT ROWID;
`;
