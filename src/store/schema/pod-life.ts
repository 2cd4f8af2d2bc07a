/** How pods of Spark applications started and ended, as the API told it; secrets redacted before they come here. */
export const POD_LIFE_TABLES = `
CREATE TABLE pod_start (
  pod_id INTEGER PRIMARY KEY REFERENCES pod (id) ON DELETE CASCADE,
  scheduled_ms INTEGER,
  initialized_ms INTEGER,
  -- when the first of its main containers ran
  started_ms INTEGER
) STRICT;

CREATE TABLE pod_event (
  pod_id INTEGER NOT NULL REFERENCES pod (id) ON DELETE CASCADE,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  count INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  PRIMARY KEY (pod_id, reason, message)
) STRICT, WITHOUT ROWID;

-- A container that ended, or waits for something that does not come.
CREATE TABLE container_end (
  pod_id INTEGER NOT NULL REFERENCES pod (id) ON DELETE CASCADE,
  container TEXT NOT NULL,
  -- 1: its last life before the one that is now
  previous INTEGER NOT NULL,
  exit_code INTEGER,
  reason TEXT,
  message TEXT,
  finished_ms INTEGER,
  PRIMARY KEY (pod_id, container, previous)
) STRICT, WITHOUT ROWID;

-- The end of what a container wrote. By names, because logs may come from files of pods that the API never showed.
CREATE TABLE container_log (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  pod TEXT NOT NULL,
  container TEXT NOT NULL,
  previous INTEGER NOT NULL,
  -- when the container ended; of a file, when it was last written
  finished_ms INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (cluster, namespace, pod, container, previous)
) STRICT;
`;
