/** How the cluster is set up around its workloads: policies, quotas, rights, autoscalers, and what pods are allowed. */
export const POSTURE_TABLES = `
-- What was listed of each kind. Not whole: forbidden somewhere, so that what is missing means nothing.
CREATE TABLE kind_listed (
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  whole INTEGER NOT NULL,
  listed_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, kind)
) STRICT, WITHOUT ROWID;

-- Objects that surround workloads, as the newest list has them. Spec is JSON of the parts that rules look at, never a secret.
CREATE TABLE cluster_object (
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- empty for kinds that live in no namespace
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  labels TEXT NOT NULL DEFAULT '{}',
  spec TEXT NOT NULL,
  created_ms INTEGER,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, kind, namespace, name)
) STRICT, WITHOUT ROWID;

-- What a workload's pods are allowed: JSON of PodPosture. Of its template, or of its newest pod where it has none.
CREATE TABLE workload_posture (
  workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
  -- driver or executor of a Spark application; empty for others
  role TEXT NOT NULL,
  by_template INTEGER NOT NULL,
  posture TEXT NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (workload_id, role)
) STRICT, WITHOUT ROWID;

-- The most that was used of a quota on each UTC day on which it was read.
CREATE TABLE quota_day (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  resource TEXT NOT NULL,
  day_ms INTEGER NOT NULL,
  used REAL NOT NULL,
  hard REAL NOT NULL,
  PRIMARY KEY (cluster, namespace, name, resource, day_ms)
) STRICT, WITHOUT ROWID;

-- An autoscaler in one hour. Samples at its minimum and maximum are counted against the bounds of that time.
CREATE TABLE autoscaler_hour (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  hour_ms INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  at_min INTEGER NOT NULL,
  at_max INTEGER NOT NULL,
  replicas_sum REAL NOT NULL,
  direction_changes INTEGER NOT NULL,
  PRIMARY KEY (cluster, namespace, name, hour_ms)
) STRICT, WITHOUT ROWID;
`;
