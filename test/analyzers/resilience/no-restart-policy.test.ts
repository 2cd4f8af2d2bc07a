import { expect, it } from 'vitest';
import { noRestartPolicy } from '../../../src/analyzers/resilience/no-restart-policy.js';
import { addWorkload, listedStore, statesOf, type TestWorkload } from '../posture-fixture.js';

const restartPolicy = (type: string) => ({ restartPolicy: { type } });
const stream = { 'spark.sql.streaming.checkpointLocation': 's3a://x' };

it.each<[TestWorkload, string]>([
  [{ kind: 'ScheduledSparkApplication', spec: { template: restartPolicy('Never') } }, 'finding'],
  // The operator's default.
  [{ kind: 'ScheduledSparkApplication', spec: { template: {} } }, 'finding'],
  [{ kind: 'ScheduledSparkApplication', spec: { template: restartPolicy('OnFailure') } }, 'ok'],
  [{ kind: 'SparkApplication', spec: { ...restartPolicy('Never'), sparkConf: stream } }, 'finding'],
  [{ kind: 'SparkApplication', spec: { ...restartPolicy('Always'), sparkConf: stream } }, 'ok'],
  [{ kind: 'SparkApplication', spec: restartPolicy('Never') }, 'not-applicable'],
  [{ kind: 'SparkApplication', spec: null }, 'insufficient-data'],
])('%o is %s', (workload, state) => {
  const store = listedStore();
  addWorkload(store, workload);
  expect(statesOf(store, noRestartPolicy)).toEqual({ api: state });
});
