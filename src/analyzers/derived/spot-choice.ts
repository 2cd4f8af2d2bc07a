import type { Evidence } from '../../model/finding.js';
import { DAY_MS, type Window } from '../../model/window.js';
import type { RankedOption } from '../../spot/choice.js';
import { seenText } from '../../spot/seen.js';
import type { SpotGroup } from './spot-groups.js';
import type { SpotSeen } from './spot-seen.js';

/** The mean price of each option as evidence, under the words that `metricOf` gives it. */
export function meanEvidence(
  means: readonly RankedOption[],
  window: Window,
  metricOf: (name: string) => string,
): Evidence[] {
  return means.map(({ name, mean }) => ({
    metric: metricOf(name),
    value: mean,
    unit: 'USD/hour',
    window,
    samples: Math.round((window.untilMs - window.sinceMs) / DAY_MS),
  }));
}

/** What was seen on spot of types in zones, where anything was: `seen here: 2 interruptions in 640 instance-hours`. */
export function seenEvidence(
  seen: SpotSeen,
  region: string | null,
  places: readonly { type: string; zone: string }[],
  window: Window,
): Evidence[] {
  return places.flatMap(({ type, zone }) => {
    const own = seen.in(region, type, zone);
    const samples = Math.round(own?.runningHours ?? 0);
    return own ? [{ metric: `${type} on spot in ${zone}`, value: seenText(own), unit: '', window, samples }] : [];
  });
}

/** USD per month that the group's node-hours would save; null where they are not known. */
export function monthlySaving(
  { nodeHoursPerMonth }: Pick<SpotGroup, 'nodeHoursPerMonth'>,
  current: RankedOption,
  best: RankedOption,
): number | null {
  return nodeHoursPerMonth === null ? null : (current.mean - best.mean) * nodeHoursPerMonth;
}
