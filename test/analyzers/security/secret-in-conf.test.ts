import { expect, it } from 'vitest';
import { secretInConf } from '../../../src/analyzers/security/secret-in-conf.js';
import { sparkSpec } from '../../../src/collectors/kubernetes/spark.js';
import { addWorkload, foundBy, listedStore, statesOf } from '../posture-fixture.js';

const family = { kind: 'SparkApplication', namespace: 'analytics', name: 'etl' };

it.each([
  [
    { sparkConf: { 'spark.hadoop.fs.s3a.secret.key': 'abc' } },
    'Literal secret in sparkConf spark.hadoop.fs.s3a.secret.key',
  ],
  [{ hadoopConf: { 'fs.s3a.secret.key': 'abc' } }, 'Literal secret in hadoopConf fs.s3a.secret.key'],
  [{ arguments: ['--password', 'abc'] }, 'Literal secret in arguments'],
  [{ driver: { javaOptions: '-Ddb.password=abc' } }, 'Literal secret in driver.javaOptions'],
])('finds %o by its name and never prints it', (spec, title) => {
  const store = listedStore();
  addWorkload(store, { ...family, spec: sparkSpec(spec) });
  const found = foundBy(store, secretInConf);
  expect(found.map((one) => one.title)).toEqual([title]);
  expect(JSON.stringify(found)).not.toContain('abc');
});

it.each([
  [{ sparkConf: { 'spark.kubernetes.driver.secretKeyRef.PW': 'db:pw' } }],
  [{ sparkConf: { 'spark.hadoop.fs.s3a.secret.key': '$' + '{env:S3_SECRET}' } }],
  [{ sparkConf: { 'spark.authenticate': 'true' } }],
])('%o holds none', (spec) => {
  const store = listedStore();
  addWorkload(store, { ...family, spec: sparkSpec(spec) });
  expect(statesOf(store, secretInConf)).toEqual({ etl: 'ok' });
});

it('does not know without a spec, and judges Spark only', () => {
  const store = listedStore();
  addWorkload(store, { ...family, spec: null });
  addWorkload(store, {});
  expect(statesOf(store, secretInConf)).toEqual({ etl: 'insufficient-data' });
});
