import { describe, expect, it } from 'vitest';
import { REDACTED, redactConf, redactText } from '../../../src/collectors/spark/redact.js';

describe('redactConf', () => {
  it.each([
    'spark.hadoop.fs.s3a.secret.key',
    'spark.hadoop.fs.s3a.access.key',
    'spark.hadoop.fs.s3a.session.token',
    'spark.hadoop.fs.azure.account.key.store.blob.core.windows.net',
    'spark.ssl.keyPassword',
    'spark.authenticate.secret',
    'spark.kubernetes.authenticate.submission.oauthToken',
    'spark.datasource.apiKey',
    'spark.my.PASSWD.of.db',
  ])('hides the value of %s', (name) => {
    expect(redactConf({ [name]: 'hunter2' })).toEqual({ [name]: REDACTED });
  });

  it.each([
    ['spark.executor.memory', '4g'],
    ['spark.authenticate', 'true'],
    ['spark.hadoop.fs.s3a.aws.credentials.provider.enabled', 'false'],
    ['spark.sql.shuffle.partitions', '200'],
    ['spark.executor.extraJavaOptions', '-XX:+UseG1GC -Dlog4j.level=INFO'],
  ])('leaves %s as it is', (name, value) => {
    expect(redactConf({ [name]: value })).toEqual({ [name]: value });
  });

  it('hides secrets within options and keeps the rest', () => {
    const options = '-XX:+UseG1GC -Dfs.s3a.secret.key=abc/def+1 -Djavax.net.ssl.trustStorePassword="two words" -Dx=1';

    expect(redactConf({ 'spark.driver.extraJavaOptions': options })['spark.driver.extraJavaOptions']).toBe(
      `-XX:+UseG1GC -Dfs.s3a.secret.key=${REDACTED} -Djavax.net.ssl.trustStorePassword=${REDACTED} -Dx=1`,
    );
  });
});

describe('redactText', () => {
  it('hides passwords in addresses, in queries and AWS keys', () => {
    expect(redactText('jdbc:postgresql://app:pa55@db:5432/x?password=pa55&ssl=true')).toBe(
      `jdbc:postgresql://app:${REDACTED}@db:5432/x?password=${REDACTED}&ssl=true`,
    );
    expect(redactText('key AKIAIOSFODNN7EXAMPLE is not allowed')).toBe(`key ${REDACTED} is not allowed`);
  });

  it('leaves ordinary messages alone', () => {
    const message =
      'Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times: java.io.IOException: No space left';

    expect(redactText(message)).toBe(message);
  });
});
