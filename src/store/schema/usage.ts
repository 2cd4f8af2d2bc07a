/**
 * Use per container and hour, as distributions (model/distribution.ts), never raw samples.
 * `seconds` is the time the samples stand for (samples × step), so that short pods weigh what they lived.
 */
export const USAGE_TABLES = `
CREATE TABLE usage_hour (
  container_id INTEGER NOT NULL REFERENCES container (id) ON DELETE CASCADE,
  hour_ms INTEGER NOT NULL,
  cpu_samples INTEGER NOT NULL DEFAULT 0,
  cpu_seconds REAL NOT NULL DEFAULT 0,
  -- sums and maxima are of cores and of bytes; mean = sum / samples
  cpu_sum REAL NOT NULL DEFAULT 0,
  cpu_max REAL,
  cpu_distribution BLOB,
  memory_samples INTEGER NOT NULL DEFAULT 0,
  memory_seconds REAL NOT NULL DEFAULT 0,
  memory_sum REAL NOT NULL DEFAULT 0,
  memory_max REAL,
  memory_distribution BLOB,
  -- null: the metric was not there; 0: it was there and did not grow
  cfs_periods REAL,
  cfs_throttled_periods REAL,
  oom_kills REAL,
  restarts REAL,
  PRIMARY KEY (container_id, hour_ms)
) STRICT, WITHOUT ROWID;

-- Bytes in the hour, and how many seconds of it were measured.
CREATE TABLE network_hour (
  pod_id INTEGER NOT NULL REFERENCES pod (id) ON DELETE CASCADE,
  hour_ms INTEGER NOT NULL,
  receive_bytes REAL NOT NULL,
  transmit_bytes REAL NOT NULL,
  seconds REAL NOT NULL,
  PRIMARY KEY (pod_id, hour_ms)
) STRICT, WITHOUT ROWID;

-- The most that was used in the hour.
CREATE TABLE volume_hour (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  claim TEXT NOT NULL,
  hour_ms INTEGER NOT NULL,
  used_bytes REAL NOT NULL,
  capacity_bytes REAL NOT NULL,
  PRIMARY KEY (cluster, namespace, claim, hour_ms)
) STRICT, WITHOUT ROWID;

-- Which hours a metric was there at all in the cluster, with how many series: absence of one series means
-- something only while others of its kind are there.
CREATE TABLE metric_hour (
  cluster TEXT NOT NULL,
  metric TEXT NOT NULL CHECK (metric IN ('cpu', 'memory', 'network', 'throttling', 'oom', 'restarts', 'volume', 'state')),
  hour_ms INTEGER NOT NULL,
  series INTEGER NOT NULL,
  PRIMARY KEY (cluster, metric, hour_ms)
) STRICT, WITHOUT ROWID;
`;
