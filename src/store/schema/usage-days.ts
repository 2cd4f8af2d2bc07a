import { HOUR_MS, HOURS_PER_DAY } from '../../model/window.js';

/** Bit `hour` of `hours`: the UTC hour of the day was measured. Sums are over those hours; a mean hour is sum / hour_count. */
const HOURS = `hours INTEGER NOT NULL CHECK (hours BETWEEN 1 AND ${2 ** HOURS_PER_DAY - 1}),
  hour_count INTEGER NOT NULL`;

/**
 * Use that has been merged from hours to UTC days (store/usage-days.ts). No hour is in both: a reader takes the two
 * together. The `…_day_hour` views give a day's use spread evenly over the hours that were measured of it.
 */
export const USAGE_DAY_TABLES = `
CREATE TABLE usage_day (
  container_id INTEGER NOT NULL REFERENCES container (id) ON DELETE CASCADE,
  day_ms INTEGER NOT NULL,
  ${HOURS},
  -- sum over the hours of the greater of CPU's and memory's measured time
  seconds REAL NOT NULL,
  cpu_samples INTEGER NOT NULL,
  cpu_seconds REAL NOT NULL,
  cpu_sum REAL NOT NULL,
  cpu_max REAL,
  cpu_distribution BLOB,
  memory_samples INTEGER NOT NULL,
  memory_seconds REAL NOT NULL,
  memory_sum REAL NOT NULL,
  memory_max REAL,
  memory_distribution BLOB,
  cfs_periods REAL,
  cfs_throttled_periods REAL,
  -- the throttled share of the periods of each hour: their distribution and the highest
  throttled_shares BLOB,
  throttled_share_max REAL,
  oom_kills REAL,
  last_oom_ms INTEGER,
  restarts REAL,
  PRIMARY KEY (container_id, day_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE network_day (
  pod_id INTEGER NOT NULL REFERENCES pod (id) ON DELETE CASCADE,
  day_ms INTEGER NOT NULL,
  ${HOURS},
  receive_bytes REAL NOT NULL,
  transmit_bytes REAL NOT NULL,
  seconds REAL NOT NULL,
  PRIMARY KEY (pod_id, day_ms)
) STRICT, WITHOUT ROWID;

-- The most that was used in the day; a claim only ever grows.
CREATE TABLE volume_day (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  claim TEXT NOT NULL,
  day_ms INTEGER NOT NULL,
  ${HOURS},
  used_bytes REAL NOT NULL,
  capacity_bytes REAL NOT NULL,
  PRIMARY KEY (cluster, namespace, claim, day_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour_of_day (hour INTEGER PRIMARY KEY) STRICT;
INSERT INTO hour_of_day WITH RECURSIVE counted (hour) AS (VALUES (0) UNION ALL SELECT hour + 1 FROM counted WHERE hour < 23)
  SELECT hour FROM counted;

CREATE VIEW usage_day_hour AS SELECT d.container_id, d.day_ms, d.day_ms + h.hour * ${HOUR_MS} AS hour_ms,
    d.cpu_samples * 1.0 / d.hour_count AS cpu_samples, d.cpu_seconds / d.hour_count AS cpu_seconds,
    d.cpu_sum / d.hour_count AS cpu_sum, d.cpu_max, d.memory_samples * 1.0 / d.hour_count AS memory_samples,
    d.memory_seconds / d.hour_count AS memory_seconds, d.memory_sum / d.hour_count AS memory_sum, d.memory_max,
    d.cfs_periods / d.hour_count AS cfs_periods, d.cfs_throttled_periods / d.hour_count AS cfs_throttled_periods,
    d.oom_kills / d.hour_count AS oom_kills, d.restarts / d.hour_count AS restarts
  FROM usage_day d CROSS JOIN hour_of_day h WHERE (d.hours >> h.hour) & 1;

CREATE VIEW network_day_hour AS SELECT d.pod_id, d.day_ms, d.day_ms + h.hour * ${HOUR_MS} AS hour_ms,
    d.receive_bytes / d.hour_count AS receive_bytes, d.transmit_bytes / d.hour_count AS transmit_bytes,
    d.seconds / d.hour_count AS seconds
  FROM network_day d CROSS JOIN hour_of_day h WHERE (d.hours >> h.hour) & 1;

CREATE VIEW volume_day_hour AS SELECT d.cluster, d.namespace, d.claim, d.day_ms, d.day_ms + h.hour * ${HOUR_MS} AS hour_ms,
    d.used_bytes, d.capacity_bytes
  FROM volume_day d CROSS JOIN hour_of_day h WHERE (d.hours >> h.hour) & 1;
`;
