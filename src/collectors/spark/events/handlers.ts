import type { JsonObject } from '../json.js';
import type { LogState } from './state.js';

/** What to do with each kind of event, by Spark's name without its package. */
export type EventHandlers = Readonly<Record<string, (state: LogState, event: JsonObject) => void>>;
