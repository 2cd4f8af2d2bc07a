import { z } from 'zod';
import type { SparkExecutor } from '../model/spark.js';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';
import { listSparkApplications, readSparkExecutors, type StoredApplication } from './spark.js';

const INPUT = `SELECT coalesce(sum(sums_json ->> '$.inputBytes'), 0) AS inputBytes,
    coalesce(sum(sums_json ->> '$.inputRecords'), 0) AS inputRecords
  FROM spark_stage WHERE application = ?`;
const FAILED_JOBS = `SELECT error FROM spark_job WHERE application = ? AND result = 'failed'`;
const IS_STREAM = `SELECT EXISTS (SELECT 1 FROM spark_streaming_query WHERE application = ?)`;

const Input = z.object({ inputBytes: z.number(), inputRecords: z.number() });

/** What is needed of a run to compare it with others, without its stages and tasks. */
export interface RunOutline extends StoredApplication {
  executors: SparkExecutor[];
  inputBytes: number;
  inputRecords: number;
  /** Errors of the jobs that failed. */
  failures: (string | null)[];
  isStream: boolean;
}

/** The runs of the window, oldest first. */
export function* runOutlines(db: Db, cluster: string, window: Window): Generator<RunOutline> {
  const input = db.prepare(INPUT);
  const failures = db.prepare(FAILED_JOBS).pluck();
  const isStream = db.prepare(IS_STREAM).pluck();
  for (const stored of listSparkApplications(db, cluster, window))
    yield {
      ...stored,
      ...Input.parse(input.get(stored.key)),
      executors: readSparkExecutors(db, stored.key),
      failures: z.array(z.string().nullable()).parse(failures.all(stored.key)),
      isStream: isStream.get(stored.key) === 1,
    };
}
