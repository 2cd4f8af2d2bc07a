import { z } from 'zod';
import type { Db } from './open.js';
import { prepared } from './statements.js';

// Paths stand in the plans; jobs of RDDs have none.
const RUN = `SELECT coalesce(sum(s.sums_json ->> '$.inputBytes'), 0) AS inputBytes,
    coalesce(sum(s.sums_json ->> '$.outputBytes'), 0) AS outputBytes,
    coalesce(sum(CASE WHEN s.sums_json ->> '$.inputBytes' > 0 THEN s.succeeded_tasks END), 0) AS readTasks,
    coalesce(sum(CASE WHEN s.sums_json ->> '$.outputBytes' > 0 THEN s.succeeded_tasks END), 0) AS writeTasks,
    EXISTS (SELECT 1 FROM spark_sql_execution e WHERE e.application = a.id
      AND (e.nodes_json LIKE '%s3a://%' OR e.nodes_json LIKE '%s3://%' OR e.plan_description LIKE '%s3a://%'
        OR e.plan_description LIKE '%s3://%')) AS s3
  FROM spark_application a JOIN spark_stage s ON s.application = a.id WHERE a.app_id = ? GROUP BY a.id
  ORDER BY a.attempt_id DESC LIMIT 1`;

const Row = z.object({
  inputBytes: z.number(),
  outputBytes: z.number(),
  readTasks: z.number(),
  writeTasks: z.number(),
  s3: z.number().transform((flag) => flag !== 0),
});

/** What a run read and wrote, and whether it was S3; undefined without an event log. */
export type RunBytes = z.infer<typeof Row>;

export function runBytes(db: Db, appId: string): RunBytes | undefined {
  return Row.optional().parse(prepared(db, RUN).get(appId));
}
