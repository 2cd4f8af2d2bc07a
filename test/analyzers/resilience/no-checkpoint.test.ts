import { describe, expect, it } from 'vitest';
import { noCheckpoint } from '../../../src/analyzers/resilience/no-checkpoint.js';
import type { Store } from '../../../src/store/open.js';
import { addWorkload, listedStore, patchOf, statesOf, type TestWorkload } from '../posture-fixture.js';

const LOCATION = 'spark.sql.streaming.checkpointLocation';

function stream(conf: Record<string, string>, more: TestWorkload = {}): Store {
  const store = listedStore();
  const spec = { mainClass: 'com.example.StreamIt', sparkConf: conf };
  addWorkload(store, {
    kind: 'SparkApplication',
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    role: 'driver',
    spec,
    ...more,
  });
  return store;
}

interface Run {
  query: string;
  firstBatch?: number;
}

/** Runs of the stream whose event logs were read, each with one query. */
function withRuns(store: Store, runs: readonly Run[]): Store {
  const { db } = store;
  const application =
    db.prepare(`INSERT INTO spark_application (cluster, app_id, attempt_id, name, family, user, spark_version,
      java_version, scala_version, namespace, start_ms, end_ms, last_event_ms, finished, conf_json, resource_profiles_json, log_json)
    VALUES ('test', ?, '', 'api', 'api', '', '', '', '', 'web', 0, 1, 1, 1, '{}', '[]', '{}')`);
  const run = db.prepare(`INSERT INTO spark_run (cluster, namespace, name, workload_id, app_id, state)
    VALUES ('test', 'web', ?, 1, ?, 'COMPLETED')`);
  const query = db.prepare(`INSERT INTO spark_streaming_query (application, query_id, run_id, started_ms, terminated)
    VALUES (?, ?, ?, 0, 1)`);
  const batch = db.prepare(`INSERT INTO spark_streaming_batch (application, run_id, batch_id, started_ms, batch_json)
    VALUES (?, ?, ?, 0, '{}')`);
  for (const [i, { query: id, firstBatch = 0 }] of runs.entries()) {
    const { lastInsertRowid } = application.run(`app-${i}`);
    run.run(`api-${i}`, `app-${i}`);
    query.run(lastInsertRowid, id, `run-${i}`);
    batch.run(lastInsertRowid, `run-${i}`, firstBatch);
  }
  return store;
}

describe('resilience/no-checkpoint', () => {
  it.each([
    ['s3a://bucket/x', {}, 'ok'],
    ['hdfs:///x', {}, 'ok'],
    ['abfss://x@y/z', {}, 'ok'],
    ['/tmp/x', {}, 'finding'],
    ['file:///data/x', {}, 'finding'],
    ['/checkpoints', { 'spark.hadoop.fs.defaultFS': 's3a://bucket' }, 'ok'],
    ['file:///x', { 'spark.hadoop.fs.defaultFS': 's3a://bucket' }, 'finding'],
  ])('checkpoints in %s with %o: %s', (location, conf, state) => {
    expect(statesOf(stream({ [LOCATION]: location, ...conf }), noCheckpoint)).toEqual({ api: state });
  });

  it('lets a mounted volume be durable', () => {
    const store = stream({ [LOCATION]: '/mnt/efs' }, { posture: { holdsVolume: true } });
    expect(statesOf(store, noCheckpoint)).toEqual({ api: 'ok' });
  });

  it.each<[string, Run[], string]>([
    ['two runs with one query', [{ query: 'a' }, { query: 'a' }], 'ok'],
    ['two runs that began anew', [{ query: 'a' }, { query: 'b' }], 'finding'],
    ['one run that began in the middle', [{ query: 'a', firstBatch: 7 }], 'ok'],
    ['one run from the start', [{ query: 'a' }], 'insufficient-data'],
    ['no run', [], 'insufficient-data'],
  ])('where code may set it, looks at what runs resumed: %s', (_, runs, state) => {
    expect(statesOf(withRuns(stream({}), runs), noCheckpoint)).toEqual({ api: state });
  });

  it('does not apply to a batch', () => {
    const store = stream({}, { spec: { mainClass: 'com.example.Batch', sparkConf: {} } });
    expect(statesOf(store, noCheckpoint)).toEqual({ api: 'not-applicable' });
  });

  it('says what to set', () => {
    expect(patchOf(stream({ [LOCATION]: '/tmp/x' }), noCheckpoint).content).toContain(LOCATION);
  });
});
