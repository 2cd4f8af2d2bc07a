import { expect, it } from 'vitest';
import { sparkEncryptionOff } from '../../../src/analyzers/security/spark-encryption-off.js';
import { addWorkload, foundBy, listedStore, statesOf } from '../posture-fixture.js';

const family = { kind: 'SparkApplication', namespace: 'analytics', name: 'etl' };
const AUTH = { 'spark.authenticate': 'true' };
const IO = { 'spark.io.encryption.enabled': 'true' };

function titles(sparkConf: Record<string, string>): string[] {
  const store = listedStore();
  addWorkload(store, { ...family, spec: { sparkConf } });
  return foundBy(store, sparkEncryptionOff).map(({ title }) => title);
}

it.each([
  [{}, ['Not encrypted: RPC, shuffle and spill files']],
  [{ ...AUTH, 'spark.network.crypto.enabled': 'true' }, ['Not encrypted: shuffle and spill files']],
  [IO, ['Not encrypted: RPC']],
  // Network crypto without authentication does nothing.
  [{ ...IO, 'spark.network.crypto.enabled': 'true' }, ['Not encrypted: RPC']],
  [{ ...AUTH, ...IO, 'spark.network.crypto.enabled': 'true' }, []],
  [{ ...IO, 'spark.ssl.rpc.enabled': 'true' }, []],
])('%o', (conf, expected) => {
  expect(titles(conf)).toEqual(expected);
});

it('does not know without settings', () => {
  const store = listedStore();
  addWorkload(store, { ...family, spec: null });
  expect(statesOf(store, sparkEncryptionOff)).toEqual({ etl: 'insufficient-data' });
});

it('says nothing of what is no Spark', () => {
  const store = listedStore();
  addWorkload(store, {});
  expect(statesOf(store, sparkEncryptionOff)).toEqual({});
});
