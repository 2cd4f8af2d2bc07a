import type { JsonObject } from '../json.js';
import { applicationEvents } from './application.js';
import { executorEvents } from './executors.js';
import type { EventHandlers } from './handlers.js';
import { jobEvents } from './jobs.js';
import { rddEvents } from './rdds.js';
import { sqlEvents } from './sql.js';
import { stageEvents } from './stages.js';
import type { LogState } from './state.js';
import { streamingEvents } from './streaming.js';

/** Events without anything that their later ones do not say better. */
const NOTHING_NEW = ['SparkListenerTaskStart', 'SparkListenerTaskGettingResult'];

const HANDLERS = new Map<string, EventHandlers[string]>([
  ...NOTHING_NEW.map((name): [string, EventHandlers[string]] => [name, () => {}]),
  ...[applicationEvents, executorEvents, jobEvents, stageEvents, sqlEvents, rddEvents, streamingEvents].flatMap(
    (events) => Object.entries(events),
  ),
]);

/** Spark's name of an event without its package and outer class. */
export function shortName(eventName: string): string {
  return eventName.slice(Math.max(eventName.lastIndexOf('.'), eventName.lastIndexOf('$')) + 1);
}

/** Hands an event to its handler; false if there is none. Ends of tasks are read apart (task-record.ts). */
export function handleEvent(state: LogState, name: string, event: JsonObject): boolean {
  const handler = HANDLERS.get(name);
  handler?.(state, event);
  return handler !== undefined;
}
