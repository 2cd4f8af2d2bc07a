/** What exporters beside the kubelets tell: DCGM of GPUs, meshes and ingresses of requests. */
export const EXPORTER_TABLES = `
-- A GPU (or MIG slice) in one hour, with the pod that held it; empty where none did.
CREATE TABLE gpu_hour (
  cluster TEXT NOT NULL,
  gpu TEXT NOT NULL,
  namespace TEXT NOT NULL,
  pod TEXT NOT NULL,
  hour_ms INTEGER NOT NULL,
  -- the name that the exporter knows the node by
  host TEXT NOT NULL,
  samples INTEGER NOT NULL,
  -- utilisation in per cent
  mean_percent REAL NOT NULL,
  max_percent REAL NOT NULL,
  PRIMARY KEY (cluster, gpu, namespace, pod, hour_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX gpu_hour_pod ON gpu_hour (cluster, namespace, pod, hour_ms);

-- Requests that a Service (or a Knative revision's service) got in an hour, by who counted them.
CREATE TABLE request_hour (
  cluster TEXT NOT NULL,
  namespace TEXT NOT NULL,
  service TEXT NOT NULL,
  source TEXT NOT NULL,
  hour_ms INTEGER NOT NULL,
  requests REAL NOT NULL,
  PRIMARY KEY (cluster, namespace, service, source, hour_ms)
) STRICT, WITHOUT ROWID;
`;
