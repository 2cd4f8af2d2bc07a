import { type Load, most, NO_LOAD, sumOf } from '../model/load.js';
import { HOUR_MS } from '../model/window.js';
import type { HeldHour } from '../recommend/daily-load.js';
import { meanOf, requestOf, usageOf } from './fullness.js';
import type { NodeHour } from './node-hours.js';

interface PodHour {
  request: Load;
  usage: Load;
}

function podsOf({ shares }: NodeHour): Map<number, PodHour> {
  const pods = new Map<number, PodHour>();
  for (const share of shares) {
    const [own, request, usage] = [pods.get(share.row.podId), requestOf(share), usageOf(share)];
    pods.set(
      share.row.podId,
      own ? { request: sumOf([own.request, request]), usage: sumOf([own.usage, usage]) } : { request, usage },
    );
  }
  return pods;
}

/** What the pods of one node held, hour by hour in their order. */
export class HeldHours {
  readonly hours: HeldHour[] = [];
  #before: ReadonlyMap<number, PodHour> = new Map();

  /** Adds an hour: the larger of requests and use, in the mean of the hour or between two hours if that is more. */
  add(hour: NodeHour): void {
    const last = this.hours.at(-1);
    const pods = podsOf(hour);
    const before = last && last.hourMs + HOUR_MS === hour.hourMs ? this.#before : new Map();
    // What ran in both hours was there at once between them: a run from half past to half past counts whole.
    const both = sumOf([...pods].flatMap(([id, { request }]) => (before.has(id) ? [request] : [])));
    if (last) last.load = most(last.load, both);
    this.hours.push({
      hourMs: hour.hourMs,
      load: [meanOf(hour, requestOf), meanOf(hour, usageOf), both].reduce(most),
      largest: [...pods.values()].reduce((all, { request, usage }) => most(all, most(request, usage)), NO_LOAD),
    });
    this.#before = pods;
  }
}
