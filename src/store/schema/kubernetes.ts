/** What the Kubernetes API says of the cluster, with what Prometheus remembers of pods that are gone. */
export const KUBERNETES_TABLES = `
CREATE TABLE node (
  cluster TEXT NOT NULL,
  name TEXT NOT NULL,
  instance_id TEXT,
  instance_type TEXT,
  region TEXT,
  zone TEXT,
  capacity_type TEXT NOT NULL CHECK (capacity_type IN ('on-demand', 'spot', 'unknown')),
  node_group TEXT,
  architecture TEXT,
  cpu_capacity_cores REAL,
  cpu_allocatable_cores REAL,
  memory_capacity_bytes INTEGER,
  memory_allocatable_bytes INTEGER,
  gpu_count INTEGER NOT NULL DEFAULT 0,
  labels TEXT NOT NULL DEFAULT '{}',
  taints TEXT NOT NULL DEFAULT '[]',
  created_ms INTEGER,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, name)
) STRICT, WITHOUT ROWID;

-- What a person can edit. Spark pods belong to their application family.
CREATE TABLE workload (
  id INTEGER PRIMARY KEY,
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  -- 'apps/v1', 'sparkoperator.k8s.io/v1beta2'; null if never seen in the API
  api_version TEXT,
  replicas INTEGER,
  labels TEXT NOT NULL DEFAULT '{}',
  -- JSON of the parts of the object's spec that a patch names (a SparkApplication's driver, executor, sparkConf,
  -- schedule; others' containers with their resources), secrets redacted; null if never seen in the API.
  spec TEXT,
  created_ms INTEGER,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  UNIQUE (cluster, namespace, kind, name)
) STRICT;

-- One execution of a Spark application, as its SparkApplication resource tells it.
CREATE TABLE spark_run (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  workload_id INTEGER NOT NULL REFERENCES workload (id),
  app_id TEXT,
  state TEXT NOT NULL,
  submitted_ms INTEGER,
  terminated_ms INTEGER,
  PRIMARY KEY (cluster, namespace, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX spark_run_app ON spark_run (app_id);

CREATE TABLE pod (
  id INTEGER PRIMARY KEY,
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  uid TEXT,
  workload_id INTEGER NOT NULL REFERENCES workload (id),
  -- driver or executor of a Spark application; null for others
  role TEXT CHECK (role IN ('driver', 'executor')),
  -- the SparkApplication the pod ran for (a family's single run)
  run_name TEXT,
  spark_app_id TEXT,
  spark_exec_id TEXT,
  node TEXT,
  phase TEXT,
  -- why it is not running: 'Unschedulable', 'Evicted', with the API's words
  reason TEXT,
  message TEXT,
  labels TEXT NOT NULL DEFAULT '{}',
  created_ms INTEGER,
  finished_ms INTEGER,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  UNIQUE (cluster, namespace, name)
) STRICT;
CREATE INDEX pod_workload ON pod (workload_id);
CREATE INDEX pod_spark ON pod (spark_app_id);
CREATE INDEX pod_node ON pod (cluster, node);

CREATE TABLE container (
  id INTEGER PRIMARY KEY,
  pod_id INTEGER NOT NULL REFERENCES pod (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  -- an init container ends before the main ones start; a sidecar is one that goes on beside them
  kind TEXT NOT NULL DEFAULT 'main' CHECK (kind IN ('main', 'init', 'sidecar')),
  -- whether its requests were read: only then does a null request mean that there is none
  resources_known INTEGER NOT NULL DEFAULT 0,
  cpu_request_cores REAL,
  cpu_limit_cores REAL,
  memory_request_bytes INTEGER,
  memory_limit_bytes INTEGER,
  gpu_request REAL,
  restarts INTEGER,
  last_termination_reason TEXT,
  last_terminated_ms INTEGER,
  UNIQUE (pod_id, name)
) STRICT;

CREATE TABLE volume (
  cluster TEXT NOT NULL,
  name TEXT NOT NULL,
  phase TEXT NOT NULL,
  capacity_bytes INTEGER,
  storage_class TEXT,
  -- EBS volume id where the driver is ebs.csi.aws.com
  handle TEXT,
  claim_namespace TEXT,
  claim_name TEXT,
  zone TEXT,
  created_ms INTEGER,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE storage_class (
  cluster TEXT NOT NULL,
  name TEXT NOT NULL,
  provisioner TEXT NOT NULL,
  -- the EBS volume type ('gp3') where the class names one
  volume_type TEXT,
  reclaim_policy TEXT,
  allow_expansion INTEGER,
  PRIMARY KEY (cluster, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE volume_claim (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  phase TEXT,
  volume TEXT,
  storage_class TEXT,
  request_bytes INTEGER,
  -- names of the pods that mount it, as the API last said
  mounted_by TEXT NOT NULL DEFAULT '[]',
  -- when the API or a kubelet last saw a pod mount it; null if never
  last_mounted_ms INTEGER,
  created_ms INTEGER,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, namespace, name)
) STRICT, WITHOUT ROWID;
`;
