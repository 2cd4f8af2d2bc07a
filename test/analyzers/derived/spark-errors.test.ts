import { describe, expect, it } from 'vitest';
import { isCancelled, rootCause } from '../../../src/analyzers/derived/spark-errors.js';

const JAVA = `Job aborted due to stage failure: Task 3 in stage 7.0 failed 4 times, most recent failure: Lost task 3.3 in stage 7.0 (TID 9) (10.0.0.1 executor 1): org.apache.spark.SparkException: Task failed while writing rows
\tat org.apache.spark.sql.Foo(Foo.scala:1)
Caused by: java.io.IOException: write failed
\tat java.io.Bar(Bar.java:2)
Caused by: java.io.IOException: No space left on device
\tat java.io.Baz(Baz.java:3)

Driver stacktrace:`;
const PYTHON = `Job aborted due to stage failure: Task 0 in stage 2.0 failed 4 times, most recent failure: Lost task 0.3 in stage 2.0 (TID 5) (10.0.0.1 executor 0): org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/app/job.py", line 12, in parse
    raise ValueError("bad row 7")
ValueError: bad row 7

\tat org.apache.spark.api.python.BasePythonRunner.read(PythonRunner.scala:1)`;

describe('the root cause of an error', () => {
  it.each([
    { error: JAVA, text: 'java.io.IOException: No space left on device', stageId: 7 },
    { error: PYTHON, text: 'ValueError: bad row 7', stageId: 2 },
    {
      error: 'Task 1 in stage 4.0 failed 4 times, most recent failure: ExecutorLostFailure (executor 2 exited)',
      text: 'ExecutorLostFailure (executor 2 exited)',
      stageId: 4,
    },
    { error: 'out of luck', text: 'out of luck', stageId: undefined },
    { error: '', text: '', stageId: undefined },
  ])('$text', ({ error, text, stageId }) => {
    expect(rootCause(error)).toEqual({ text, stageId });
  });
});

describe('a cancelled job', () => {
  it.each([
    ['[SPARK_JOB_CANCELLED] Job 7 cancelled part of cancelled job group 1', true],
    ['Job 7 cancelled because SparkContext was shut down', true],
    [
      'java.lang.InterruptedException\n\tat java.base/java.util.concurrent.locks.AbstractQueuedSynchronizer.foo(A.java:1)',
      true,
    ],
    ['Job aborted due to stage failure: Task was cancelled by its host', false],
    [null, false],
  ])('%s: %s', (error, cancelled) => {
    expect(isCancelled(error)).toBe(cancelled);
  });
});
