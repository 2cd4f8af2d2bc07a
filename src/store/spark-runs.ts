import { z } from 'zod';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const RUN_APPS = `SELECT app_id AS appId FROM spark_run WHERE workload_id = ? AND app_id IS NOT NULL
  UNION SELECT spark_app_id FROM pod WHERE workload_id = ? AND spark_app_id IS NOT NULL`;
const SHUFFLE = `SELECT sum(e.shuffle_read_bytes) AS bytes FROM spark_executor e JOIN spark_application a ON a.id = e.application
  WHERE a.app_id = ? HAVING count(*) > 0`;
const STREAM_QUERIES = `SELECT q.query_id AS queryId, q.run_id AS runId,
    (SELECT min(b.batch_id) FROM spark_streaming_batch b WHERE b.application = q.application AND b.run_id = q.run_id) AS firstBatch
  FROM spark_streaming_query q JOIN spark_application a ON a.id = q.application WHERE a.app_id = ? ORDER BY q.started_ms, q.run_id`;
const STREAMS = `SELECT EXISTS (SELECT 1 FROM spark_streaming_query q JOIN spark_application a ON a.id = q.application WHERE a.app_id = ?)`;

/** Spark's application ids of a family's runs. */
export function applicationIds(db: Db, workloadId: number): string[] {
  return z.array(z.string()).parse(prepared(db, RUN_APPS).pluck().all(workloadId, workloadId));
}

/** Bytes that a run's tasks read from the shuffle; undefined without an event log. */
export function shuffleReadBytes(db: Db, appId: string): number | undefined {
  return z
    .number()
    .optional()
    .parse(prepared(db, SHUFFLE).pluck().get(appId) ?? undefined);
}

/** Whether the event log of a run holds a streaming query. */
export function isStreamingRun(db: Db, appId: string): boolean {
  return prepared(db, STREAMS).pluck().get(appId) === 1;
}

const StreamQuery = z.object({ queryId: z.string(), runId: z.string(), firstBatch: z.number().nullable() });
export type StreamQuery = z.infer<typeof StreamQuery>;

/** The streaming queries of a run. A query keeps its id where it is resumed from its checkpoint. */
export function streamQueries(db: Db, appId: string): StreamQuery[] {
  return z.array(StreamQuery).parse(prepared(db, STREAM_QUERIES).all(appId));
}
