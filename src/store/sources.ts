import { z } from 'zod';
import { SOURCES, type SourceId, type SourceStatus } from '../model/sources.js';
import { gapsOf, lastRuns } from './collections.js';
import type { Db } from './open.js';

const COLLECTED = `SELECT DISTINCT source FROM collection_run WHERE state IN ('ok', 'partial') OR rows > 0`;
const CLUSTER = `SELECT cluster FROM node UNION SELECT cluster FROM workload ORDER BY cluster LIMIT 1`;

const Source = z.enum(SOURCES);

/** The sources that were read at least once, even in part. */
export function collectedSources(db: Db): Set<SourceId> {
  return new Set(z.array(Source).parse(db.prepare(COLLECTED).pluck().all()));
}

/** How the newest run of each source went; a run that never ended was killed. */
export function sourceStatuses(db: Db): SourceStatus[] {
  const runs = lastRuns(db);
  return SOURCES.map((id) => {
    const run = runs.find((candidate) => candidate.source === id);
    if (!run) return { id, state: 'absent', gaps: [], detail: 'never collected' };
    if (run.state !== 'running') return { id, state: run.state, gaps: gapsOf(db, run.id), detail: run.detail };
    const why = 'the collection was killed before its end';
    return { id, state: 'partial', gaps: [{ sinceMs: run.sinceMs, untilMs: run.untilMs, why }], detail: why };
  });
}

/** The cluster whose data the store holds (the first by name); empty if none. */
export function clusterOf(db: Db): string {
  const cluster = db.prepare(CLUSTER).pluck().get();
  return typeof cluster === 'string' ? cluster : '';
}
