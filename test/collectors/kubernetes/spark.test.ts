import { describe, expect, it } from 'vitest';
import { REDACTED, runRecord, sparkSpec } from '../../../src/collectors/kubernetes/spark.js';

function conf(key: string, value: string): unknown {
  const { sparkConf } = sparkSpec({ sparkConf: { [key]: value } });
  return new Map(Object.entries(sparkConf ?? {})).get(key);
}

describe('sparkSpec', () => {
  it.each([
    ['spark.hadoop.fs.s3a.secret.key', 'abc'],
    ['spark.hadoop.fs.s3a.access.key', 'AKIAEXAMPLE'],
    ['spark.ssl.keyPassword', 'hunter2'],
    ['spark.databricks.token', 'dapi'],
    ['spark.authenticate.secret', 's'],
    ['spark.my.apiKey', 'k'],
  ])('hides the value of %s', (key, value) => {
    expect(conf(key, value)).toBe(REDACTED);
  });

  it.each([
    ['spark.authenticate', 'true'],
    ['spark.sql.shuffle.partitions', '200'],
    ['spark.kubernetes.driver.secretKeyRef.PW', 'name:key'],
    ['spark.kubernetes.driver.secrets.db', '/etc/db'],
    ['spark.hadoop.fs.s3a.aws.credentials.provider', 'com.example.Provider'],
    ['spark.kubernetes.kerberos.tokenSecret.name', 'token'],
  ])('keeps %s', (key, value) => {
    expect(conf(key, value)).toBe(value);
  });

  it('hides secrets within longer texts and in arguments', () => {
    const spec = sparkSpec({
      driver: { javaOptions: '-Xss4m -Dstore.password=hunter2 -Da=b' },
      arguments: ['--input', 's3a://in', '--api-key', 'hunter2', '--db-password=hunter2', 'jdbc:pg://me:hunter2@db/x'],
    });
    expect(JSON.stringify(spec)).not.toContain('hunter2');
    expect(spec.driver).toEqual({ javaOptions: `-Xss4m -Dstore.password=${REDACTED} -Da=b` });
    expect(spec.arguments).toEqual(
      expect.arrayContaining(['--input', 's3a://in', '--api-key', REDACTED, `--db-password=${REDACTED}`]),
    );
  });

  it('leaves out what no patch names: environment, volumes, secrets', () => {
    const spec = sparkSpec({
      mode: 'cluster',
      volumes: [{}],
      executor: { cores: 2, env: [{}], secrets: [{}], envFrom: [{}] },
    });
    expect(spec).toEqual({ mode: 'cluster', executor: { cores: 2 } });
  });
});

describe('runRecord', () => {
  it('reads the state of Apache’s operator', () => {
    const run = runRecord(
      {
        metadata: { name: 'pi', namespace: 'ns', creationTimestamp: 1 },
        spec: {},
        status: {
          currentState: { currentStateSummary: 'Succeeded', lastTransitionTime: '2026-01-01T00:10:00Z' },
          stateTransitionHistory: {
            '0': { currentStateSummary: 'Submitted', lastTransitionTime: '2026-01-01T00:00:00Z' },
            '1': { currentStateSummary: 'RunningHealthy', lastTransitionTime: '2026-01-01T00:01:00Z' },
          },
        },
      },
      'test',
      1,
    );
    expect(run).toMatchObject({
      state: 'SUCCEEDED',
      submittedMs: Date.parse('2026-01-01T00:00:00Z'),
      terminatedMs: Date.parse('2026-01-01T00:10:00Z'),
    });
  });

  it('has no end while the run goes on', () => {
    const status = {
      applicationState: { state: 'RUNNING' },
      lastSubmissionAttemptTime: '2026-01-01T00:00:00Z',
      terminationTime: null,
    };
    const run = runRecord({ metadata: { name: 'a', namespace: 'ns' }, spec: {}, status }, 'test', 1);
    expect(run).toMatchObject({ state: 'RUNNING', terminatedMs: null, appId: null });
  });
});
