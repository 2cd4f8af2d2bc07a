import type { Night } from '../model/lifecycle.js';
import { addLifeEvent, addNight, putFinding } from '../store/findings.js';
import type { Db } from '../store/open.js';
import type { Projection } from './project.js';

/** Keeps what a night made of the findings. Call it inside the night's transaction. */
export function recordNight(db: Db, night: Night, { records, events }: Projection): void {
  for (const record of records.values()) putFinding(db, record);
  for (const event of events) addLifeEvent(db, event);
  addNight(db, night);
}
