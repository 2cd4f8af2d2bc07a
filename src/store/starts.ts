import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, type Window } from '../model/window.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';

/** A start late in its hour goes on in the next one. */
const LATE_MS = 15 * MINUTE_MS;
/** How long after its start a container's other use is compared. */
const AFTER_HOURS = 12;

const START = 'coalesce(p.created_ms, p.first_seen_ms)';
// The hours of a start, and those after it; a pod whose start was not measured tells nothing.
const STARTS = `SELECT c.name, p.role, max(CASE WHEN u.hour_ms <= ${START} + ${LATE_MS} THEN u.cpu_max END) AS startCores,
    max(CASE WHEN u.hour_ms > ${START} + ${LATE_MS} THEN u.cpu_max END) AS laterCores
  FROM pod p CROSS JOIN container c ON c.pod_id = p.id CROSS JOIN usage_hour u ON u.container_id = c.id
  WHERE p.workload_id = @workloadId AND ${START} >= @sinceMs AND ${START} < @untilMs
    AND u.hour_ms > ${START} - ${HOUR_MS} AND u.hour_ms <= ${START} + ${AFTER_HOURS * HOUR_MS}
  GROUP BY c.id HAVING startCores IS NOT NULL AND laterCores IS NOT NULL`;

const Row = z.object({
  name: z.string(),
  role: z.string().nullable(),
  /** Highest use in the hour of its start. */
  startCores: z.number(),
  /** Highest use in the twelve hours after it. */
  laterCores: z.number(),
});
/** One container of a pod that started in the window and went on. */
export type ContainerStart = z.infer<typeof Row>;

/** The starts of a workload's containers that were measured, as far as use is kept by the hour. */
export function containerStarts(db: Db, workloadId: number, window: Window): ContainerStart[] {
  return z.array(Row).parse(prepared(db, STARTS).all({ workloadId, ...window }));
}
