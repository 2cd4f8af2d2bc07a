import { MINUTE_MS, type Window } from '../model/window.js';
import { formatCount, formatSeconds } from '../reports/format.js';
import { shown } from '../reports/text.js';
import type { Db } from '../store/open.js';
import { type RunSpan, runSpanOf, runSpans } from '../store/run-spans.js';

/** The clinic prices the log's time and `cost` the pods' lives: from here on the two are no longer the same money. */
const TIMES = 2;
const LEAST_MS = 10 * MINUTE_MS;

function isOutlived({ podsMs, logMs }: RunSpan): boolean {
  return podsMs > TIMES * logMs && podsMs > logMs + LEAST_MS;
}

function lives({ podsMs, logMs }: RunSpan): string {
  return `pods ran ${formatSeconds(podsMs / 1000)}, its event log ${formatSeconds(logMs / 1000)}`;
}

/** What to know of a price that is for the time of the event log alone; undefined where its pods ran no longer. */
export function outlivedLogText(db: Db, appId: string): string | undefined {
  const spans = runSpanOf(db, appId);
  if (!spans || !isOutlived(spans)) return undefined;
  return `Its ${lives(spans)}: this is the price of the log's time; 'sparkfit cost --by run' prices the pods`;
}

/** The counterpart, of all runs in the window together. */
export function outlivedLogsNote(db: Db, window: Window): string | undefined {
  const all = runSpans(db, window).filter(isOutlived);
  const [first] = all;
  if (!first) return undefined;
  const others = all.length > 1 ? `, and so it is with ${formatCount(all.length - 1, 'more run')}` : '';
  return `of ${shown(first.namespace)}/${shown(first.appId)} the ${lives(first)}${others}: rows have the price of the pods; 'sparkfit app' prices the log's time`;
}
