import { ENOUGH_COVERAGE, lowestOf, type TypePrices, type ZonePrices } from './zone-prices.js';

/** Zones that differ by less are as good as each other: other reasons should choose. */
const ZONE_WORTH_PERCENT = 2;

/** What to do with one type: where, when, what it saves; said in one sentence. */
export interface SpotPlan {
  kind: 'type';
  type: string;
  product: string;
  /** The cheapest zones that are known well enough, all ties; empty: no advice. */
  zones: string[];
  /** Start hours to prefer; null where the hour does not matter or is not known. */
  hours: number[] | null;
  timeZone: string;
  meanUsdPerHour: number | null;
  /** Below on-demand; null without an on-demand price. */
  savingPercent: number | null;
  text: string;
}

export function percent(value: number): string {
  const size = Math.abs(value);
  return `${value.toFixed(size >= 10 ? 0 : size >= 1 ? 1 : 2)} %`;
}

export function usd(value: number): string {
  return value >= 10 ? value.toFixed(2) : value >= 1 ? value.toFixed(3) : value.toFixed(4);
}

/** `$0.0412/h` in a sentence. */
export const usdPerHour = (value: number): string => `$${usd(value)}/h`;

/** `02, 03, 04, 05` as `02:00–05:59`; single runs of hours, also over midnight. */
export function hourRanges(hours: readonly number[]): string {
  const set = new Set(hours);
  const two = (hour: number) => String(hour).padStart(2, '0');
  if (set.size === 24) return 'any hour';
  return hours
    .filter((hour) => !set.has((hour + 23) % 24))
    .map((start) => {
      let end = start;
      while (set.has((end + 1) % 24)) end = (end + 1) % 24;
      return `${two(start)}:00–${two(end)}:59`;
    })
    .join(', ');
}

function zonesText(zones: readonly ZonePrices[], best: readonly string[], spreadPercent: number): string {
  const price = usdPerHour(zones.find(({ zone }) => zone === best[0])?.summary?.mean ?? Number.NaN);
  const names = best.join(', ');
  if (best.length === zones.length && best.length > 1)
    return `every zone costs ${price} (${names} tie): choose by availability`;
  if (zones.length === 1) return `${names} at ${price}, the only zone with prices`;
  const tie = best.length > 1 ? ` (a tie of ${best.length})` : '';
  if (spreadPercent < ZONE_WORTH_PERCENT)
    return `the zone hardly matters (spread ${percent(spreadPercent)}); cheapest ${names}${tie} at ${price}`;
  return `${names}${tie} at ${price}; the dearest zone costs ${percent(spreadPercent)} more`;
}

function hoursText({ hourEffect }: TypePrices, best: ZonePrices | undefined): string {
  const zone = best?.hours?.timeZone ?? '';
  const spread = percent(best?.hours?.spreadPercent ?? Number.NaN);
  if (!hourEffect || hourEffect.savingPercent === null) return 'too few days to say whether the start hour matters';
  if (!hourEffect.matters) return `the start hour does not matter (spread ${spread})`;
  const saving = percent(hourEffect.savingPercent);
  return `start at ${hourRanges(hourEffect.hours)} ${zone}: ${saving} below a typical hour (p = ${hourEffect.p})`;
}

/** Below on-demand, in per cent, from the mean as it is shown (8 decimals). */
export function savingPercent(meanUsd: number | null, onDemandUsd: number | null): number | null {
  if (meanUsd === null || onDemandUsd === null || onDemandUsd <= 0) return null;
  return (1 - Math.round(meanUsd * 1e8) / 1e8 / onDemandUsd) * 100;
}

/** The plan for one type. Zones of which too little is known, or that have it no more, take no part in it. */
export function planOf(
  prices: TypePrices,
  onDemandUsd: number | null,
  isOffered: (zone: string) => boolean = () => true,
): SpotPlan {
  const { instanceType: type, product, hourEffect } = prices;
  const known = prices.zones.filter(({ zone, coverage }) => coverage >= ENOUGH_COVERAGE && isOffered(zone));
  const { indexes, spreadPercent } = lowestOf(known.map(({ summary }) => summary?.mean ?? null));
  const zones = indexes.flatMap((i) => known[i]?.zone ?? []);
  const best = known.find(({ zone }) => zone === zones[0]);
  const mean = best?.summary?.mean ?? null;
  const timeZone = prices.zones.find(({ hours }) => hours)?.hours?.timeZone ?? '';
  const saving = savingPercent(mean, onDemandUsd);
  const base = { kind: 'type' as const, type, product, zones, timeZone, meanUsdPerHour: mean, savingPercent: saving };
  if (!best)
    return {
      ...base,
      hours: null,
      text: `${type}: no advice, too little of the window is known in every zone that has it`,
    };
  // The test of the hour was made in the cheapest zone of all, which may be one that is not known well enough.
  const tested = prices.cheapestZones[0] === best.zone;
  const hour = tested ? hoursText(prices, best) : 'whether the start hour matters is not known here';
  const onDemand = saving === null ? 'no on-demand price is known' : `${percent(saving)} below on-demand`;
  const text = `${type}: ${zonesText(known, zones, spreadPercent ?? 0)}; ${hour}; ${onDemand}.`;
  return { ...base, hours: tested && hourEffect?.matters ? hourEffect.hours : null, text };
}
