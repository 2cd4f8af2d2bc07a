import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { sparkAuthOff } from '../../../src/analyzers/security/spark-auth-off.js';
import { addWorkload, listedStore, patchOf, statesOf } from '../posture-fixture.js';

const family = { kind: 'SparkApplication', namespace: 'analytics', name: 'etl' };

it.each([
  [{}, 'finding'],
  [{ 'spark.authenticate': 'false' }, 'finding'],
  [{ 'spark.authenticate': 'TRUE' }, 'ok'],
  [{ 'spark.master': 'local[4]' }, 'not-applicable'],
])('%o is %s', (sparkConf, state) => {
  const store = listedStore();
  addWorkload(store, { ...family, spec: { sparkConf } });
  expect(statesOf(store, sparkAuthOff)).toEqual({ etl: state });
});

it('does not know without spec and event log, and judges Spark only', () => {
  const store = listedStore();
  addWorkload(store, { ...family, spec: null });
  addWorkload(store, { name: 'api' });
  expect(statesOf(store, sparkAuthOff)).toEqual({ etl: 'insufficient-data' });
});

it('reads and patches the template of a schedule', () => {
  const store = listedStore();
  const spec = { schedule: '@daily', template: { sparkConf: {} } };
  addWorkload(store, { ...family, kind: 'ScheduledSparkApplication', spec });
  expect(parse(patchOf(store, sparkAuthOff).content).spec).toEqual({
    template: { sparkConf: { 'spark.authenticate': 'true' } },
  });
});

it('gives settings where no operator has an object', () => {
  const store = listedStore();
  addWorkload(store, { ...family, spec: {} });
  expect(patchOf(store, sparkAuthOff)).toMatchObject({ format: 'spark-conf', content: 'spark.authenticate=true' });
});
