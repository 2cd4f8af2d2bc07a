import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../../src/analyzers/derived/log-causes.js';
import { causeOfText, firstCause } from '../../../src/analyzers/derived/log-text.js';

describe('the kind of one line', () => {
  it.each([
    ['out of memory', 'java.lang.OutOfMemoryError: Java heap space'],
    ['out of memory', 'The executor with id 3 exited with exit code 137(SIGKILL, possible container OOM).'],
    ['out of memory', 'Last State: Terminated, Reason: OOMKilled'],
    ['disk full', 'java.io.IOException: No space left on device'],
    ['disk full', 'The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 20Mi.'],
    ['image pull', 'Failed to pull image "registry.example/etl:9.9": manifest unknown'],
    ['image pull', 'Back-off pulling image: ImagePullBackOff'],
    ['configuration or secret missing', 'MountVolume.SetUp failed for volume "keys": secret "etl-keys" not found'],
    ['configuration or secret missing', 'CreateContainerConfigError: configmap "job-conf" not found'],
    ['configuration or secret missing', 'java.util.NoSuchElementException: spark.etl.table'],
    [
      'no permission',
      'com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; Status Code: 403)',
    ],
    [
      'no permission',
      'java.nio.file.AccessDeniedException: s3a://lake/raw: getFileStatus on s3a://lake/raw: Access Denied',
    ],
    ['no permission', 'pods is forbidden: User "system:serviceaccount:etl:default" cannot create resource "pods"'],
    ['class or module not found', 'java.lang.ClassNotFoundException: Failed to find data source: iceberg.'],
    ['class or module not found', "ModuleNotFoundError: No module named 'pandas'"],
    [
      'Python exception',
      'Traceback (most recent call last):\n  File "job.py", line 3, in <module>\nValueError: bad row',
    ],
    ['fetch failure', 'org.apache.spark.shuffle.FetchFailedException: Failed to connect to /10.0.0.7:7079'],
    ['DNS', 'java.net.UnknownHostException: hive-metastore.data.svc'],
    ['connection refused', 'java.net.ConnectException: Connection refused: db.internal/10.0.0.9:5432'],
    ['Hive Metastore down', 'MetaException(message:Could not connect to meta store using any of the URIs provided.)'],
    ['Hive Metastore down', 'ERROR thrift://hms:9083 java.net.ConnectException: Connection refused'],
    ['commit conflict', 'org.apache.iceberg.exceptions.CommitFailedException: Cannot commit: stale table metadata'],
    [
      'commit conflict',
      'org.apache.iceberg.exceptions.ValidationException: Found conflicting files that can contain records',
    ],
    ['preempted or evicted', 'Pod was preempted by a pod with a higher priority: Preempted by scheduler'],
    ['preempted or evicted', 'Spot interruption: the instance is going to be terminated'],
    ['exception', 'com.example.etl.BadInput$Exception: x\njava.lang.IllegalStateException: no such order'],
    ['exit code', 'Command exited with code 137'],
  ])('%s: %s', (kind, text) => {
    expect(causeOfText(text)?.kind).toBe(kind);
  });

  it.each([
    '24/05/01 02:00:01 INFO SparkContext: Running Spark version 3.5.1',
    '24/05/01 02:00:01 INFO Retry: Connection refused, trying again',
    '24/05/01 02:00:02 WARN NettyRpc: Connection refused, trying again',
    'Stage cancelled because SparkContext was shut down',
    '',
  ])('says nothing: %s', (text) => {
    expect(causeOfText(text)).toBeUndefined();
  });
});

describe('the cause of a text', () => {
  it('is the innermost of a chain', () => {
    const text = [
      'org.apache.spark.SparkException: Job aborted.',
      '\tat org.apache.spark.sql.execution.datasources.FileFormatWriter$.write(FileFormatWriter.scala:231)',
      'Caused by: java.lang.RuntimeException: writer failed',
      '\tat com.example.Writer.close(Writer.java:10)',
      'Caused by: java.lang.IllegalArgumentException: negative amount',
      '\t... 12 more',
    ].join('\n');

    expect(causeOfText(text)).toMatchObject({
      kind: 'exception',
      line: 'java.lang.IllegalArgumentException: negative amount',
    });
  });

  it('is what Python raised, not what Java wraps around it', () => {
    const text = [
      'Job aborted due to stage failure: Task 2 in stage 2.0 failed 4 times, most recent failure: Lost task 2.3 in stage 2.0 (TID 19) (10.0.0.1 executor 0): org.apache.spark.api.python.PythonException: Traceback (most recent call last):',
      '  File "/opt/jobs/etl.py", line 263, in parse',
      "    raise ParseError('x')",
      'etl.errors.ParseError: record 12346',
      '',
      '\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:572)',
    ].join('\n');

    expect(causeOfText(text)).toMatchObject({ kind: 'Python exception', line: 'etl.errors.ParseError: record 12346' });
  });

  it('is the root on which all else follows, though it is only a warning', () => {
    const text = [
      '24/05/01 02:10:00 WARN TaskSetManager: Lost task 3.0 in stage 4.0: ExecutorLostFailure (executor 2 exited caused by one of the running tasks) Reason: The executor with id 2 exited with exit code 137(SIGKILL, possible container OOM).',
      '24/05/01 02:10:04 ERROR RetryingBlockTransferor: java.net.ConnectException: Connection refused: /10.0.0.7:7079',
      '24/05/01 02:10:09 ERROR TaskSetManager: org.apache.spark.shuffle.FetchFailedException',
      '24/05/01 02:11:00 ERROR Main: java.lang.RuntimeException: job failed',
    ].join('\n');

    expect(causeOfText(text)).toMatchObject({
      kind: 'out of memory',
      line: 'The executor with id 2 exited with exit code 137(SIGKILL, possible container OOM).',
    });
  });

  it('is the first where several would do', () => {
    const text = 'ERROR A: java.lang.IllegalStateException: first\nERROR B: java.lang.IllegalStateException: second';

    expect(causeOfText(text)?.line).toBe('java.lang.IllegalStateException: first');
  });
});

describe('the first cause over time', () => {
  it('is the earliest of those nearest to the root, whatever their order', () => {
    const found = firstCause([
      { where: 'job 1', text: 'org.apache.spark.shuffle.FetchFailedException', atMs: 9000 },
      { where: 'executor 7', text: 'OOMKilled', atMs: 8000 },
      { where: 'executor 2', text: 'The node was low on resource: ephemeral-storage', atMs: 5000 },
      { where: 'a task of stage 3', text: 'java.net.ConnectException: Connection refused', atMs: 1000 },
    ]);

    expect(found).toMatchObject({ kind: 'disk full', statement: { where: 'executor 2' } });
  });
});

describe('what to do about memory that ran out', () => {
  it.each([
    ['java.lang.OutOfMemoryError: Java heap space', 'heap'],
    ['java.lang.OutOfMemoryError: GC overhead limit exceeded', 'heap'],
    ['The executor with id 5 exited with exit code 52(JVM OOM).', 'heap'],
    ['The executor with id 5 exited with exit code 137(SIGKILL, possible container OOM).', 'container'],
    ['reason OOMKilled', 'container'],
    ['MemoryError: Unable to allocate 8 GiB', 'container'],
  ])('%s: more for the %s', (line, what) => {
    expect(adviceOf('out of memory', line)).toContain(what);
  });
});
