import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';

const SPANS = (which: string) => `SELECT p.namespace, a.app_id AS appId,
    max(coalesce(p.finished_ms, p.last_seen_ms))
      - min(min(p.first_seen_ms, coalesce(p.created_ms, p.first_seen_ms))) AS podsMs,
    max(coalesce(a.end_ms, a.last_event_ms)) - min(a.start_ms) AS logMs
  FROM spark_application a JOIN pod p ON p.spark_app_id = a.app_id AND p.cluster = a.cluster
  WHERE ${which} GROUP BY a.cluster, p.namespace, a.app_id ORDER BY podsMs DESC, a.app_id`;
const IN_WINDOW = SPANS('p.last_seen_ms >= @sinceMs AND p.first_seen_ms < @untilMs');
const OF_APP = SPANS('a.app_id = @appId');

const RunSpan = z.object({ namespace: z.string(), appId: z.string(), podsMs: z.number(), logMs: z.number() });
export type RunSpan = z.infer<typeof RunSpan>;

/** How long pods and event log of each run lasted that has both, those of the longest first. */
export function runSpans(db: Db, window: Window): RunSpan[] {
  return z.array(RunSpan).parse(db.prepare(IN_WINDOW).all({ ...window }));
}

/** The same of one application; undefined if no pod of it is known. */
export function runSpanOf(db: Db, appId: string): RunSpan | undefined {
  return RunSpan.optional().parse(db.prepare(OF_APP).get({ appId }));
}
