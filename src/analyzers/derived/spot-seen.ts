import { HOUR_MS, HOURS_PER_DAY, type Window } from '../../model/window.js';
import { lifecycleOf } from '../../pricing/node-hours.js';
import { hourGrid } from '../../spot/hour-grid.js';
import type { SeenHour, SeenSpot } from '../../spot/seen.js';
import { ec2Instances } from '../../store/instances.js';
import { nodeRows } from '../../store/node-usage.js';
import { type SpotRequest, spotInterruptions, spotRequests } from '../../store/spot-market.js';
import { type ArtifactInput, defineArtifact } from '../rule.js';

export interface SpotSeen {
  /** Undefined where no spot machine of the type was wanted in the zone. */
  in(region: string | null | undefined, type: string, zone: string): SeenSpot | undefined;
}

/** A stretch of time of one type in one zone. */
interface Stretch extends Window {
  key: string;
}

const keyOf = (region: string, type: string, zone: string): string => `${region}|${type}|${zone}`;

/** Each spot machine once: as a node, as an instance, as what a request brought. */
function machines({ db }: ArtifactInput, requests: readonly SpotRequest[]): Map<string, Stretch> {
  const found = new Map<string, Stretch>();
  const add = (id: string, key: string, sinceMs: number, untilMs: number) => {
    const known = found.get(id);
    found.set(id, {
      key,
      sinceMs: Math.min(known?.sinceMs ?? sinceMs, sinceMs),
      untilMs: Math.max(known?.untilMs ?? untilMs, untilMs),
    });
  };
  for (const node of nodeRows(db)) {
    const { region, zone, instanceType, instanceId, name } = node;
    if (lifecycleOf(node) !== 'spot' || !region || !zone || !instanceType) continue;
    add(instanceId ?? name, keyOf(region, instanceType, zone), node.aliveFromMs, node.aliveUntilMs);
  }
  for (const instance of ec2Instances(db)) {
    const { id, region, zone, instanceType, state, launchedMs, firstSeenMs, lastSeenMs, stateSinceMs } = instance;
    if (instance.lifecycle !== 'spot' || !zone) continue;
    // When one that is gone went is known no better than when it was last seen.
    const untilMs = state === 'stopped' ? Math.min(stateSinceMs, lastSeenMs) : lastSeenMs;
    add(id, keyOf(region, instanceType, zone), Math.min(launchedMs ?? firstSeenMs, untilMs), untilMs);
  }
  for (const { region, instanceId, instanceType, zone, state, createdMs, statusMs, lastSeenMs } of requests)
    if (instanceId && zone)
      add(instanceId, keyOf(region, instanceType, zone), createdMs, state === 'active' ? lastSeenMs : statusMs);
  return found;
}

/**
 * Codes of requests that could not be met for want of capacity or price.
 * Source: EC2 User Guide, "Spot request status codes".
 */
const WAITING = new Set([
  'capacity-not-available',
  'capacity-oversubscribed',
  'price-too-low',
  'az-group-constraint',
  'launch-group-constraint',
]);

/** How long a request waited; undefined if it did not, or named no zone. */
function waited({ region, instanceType, zone, state, statusCode, createdMs, statusMs, lastSeenMs }: SpotRequest) {
  if (zone === null || !WAITING.has(statusCode)) return undefined;
  return {
    key: keyOf(region, instanceType, zone),
    sinceMs: createdMs,
    untilMs: state === 'open' ? lastSeenMs : Math.max(statusMs, createdMs),
  };
}

const nothing = (): SeenHour => ({ runningHours: 0, waitingHours: 0, interruptions: 0 });

/** What ran, waited and was taken back on spot in the window, by type, zone and hour of the day. */
export const spotSeen = defineArtifact<SpotSeen>({
  id: 'spot-seen',
  sources: [],
  compute(input) {
    const { db, window, config } = input;
    const { timeZone } = config;
    const { slots } = hourGrid(window, timeZone);
    const seen = new Map<string, SeenSpot>();
    const of = (key: string): SeenSpot => {
      const known = seen.get(key) ?? { ...nothing(), timeZone, byHour: Array.from({ length: HOURS_PER_DAY }, nothing) };
      seen.set(key, known);
      return known;
    };
    const addHours = ({ key, sinceMs, untilMs }: Stretch, into: 'runningHours' | 'waitingHours') => {
      const own = of(key);
      // Slots are an hour long at most, so that none before this one can overlap.
      const first = Math.max(0, Math.floor((sinceMs - window.sinceMs) / HOUR_MS) - 1);
      for (let i = first; i < slots.length; i++) {
        const slot = slots[i];
        if (!slot || slot.sinceMs >= untilMs) break;
        const hours = (Math.min(slot.untilMs, untilMs) - Math.max(slot.sinceMs, sinceMs)) / HOUR_MS;
        const hour = own.byHour[slot.hour];
        if (hours <= 0 || !hour) continue;
        own[into] += hours;
        hour[into] += hours;
      }
    };
    const requests = spotRequests(db, window);
    const found = machines(input, requests);
    for (const { region, machine, instanceType, zone, atMs } of spotInterruptions(db, window)) {
      const ran = found.get(machine);
      if (ran) found.set(machine, { ...ran, untilMs: Math.max(ran.sinceMs, Math.min(ran.untilMs, atMs)) });
      const own = of(ran?.key ?? keyOf(region, instanceType, zone));
      const at = slots.find((slot) => slot.untilMs > atMs);
      const hour = at && own.byHour[at.hour];
      own.interruptions++;
      if (hour) hour.interruptions++;
    }
    for (const machine of found.values()) addHours(machine, 'runningHours');
    for (const request of requests) {
      const stretch = waited(request);
      if (stretch) addHours(stretch, 'waitingHours');
    }
    return {
      in(region, type, zone) {
        const own = region ? seen.get(keyOf(region, type, zone)) : undefined;
        return own && own.runningHours + own.waitingHours + own.interruptions > 0 ? own : undefined;
      },
    };
  },
});
