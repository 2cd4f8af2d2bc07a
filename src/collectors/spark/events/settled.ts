/**
 * What ended so long before the newest event is not expected to change, and is not carried from one reading of a growing
 * log to the next. Tasks that outlive their stage are killed within seconds, stubborn ones within two minutes
 * (spark.task.reaper.killTimeout).
 */
export const SETTLED_AFTER_MS = 150_000;

/** An event of something that an earlier reading was done with: the log must be read from its start. */
export class TouchesSettled extends Error {}
