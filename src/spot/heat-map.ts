import type { SpotTypeRow } from './report.js';

/**
 * Shades by how far a price lies above the cheapest cell, in per cent: fixed steps, so that a spread of 0.1 % looks
 * like what it is.
 */
const STEPS = [
  { below: 2, mark: '·' },
  { below: 5, mark: '░' },
  { below: 15, mark: '▒' },
  { below: 40, mark: '▓' },
  { below: Number.POSITIVE_INFINITY, mark: '█' },
] as const;
const UNKNOWN = '?';

/** The mark of a price that lies so many per cent above the lowest. */
export function shadeOf(percentAbove: number | null): string {
  if (percentAbove === null) return UNKNOWN;
  return STEPS.find(({ below }) => percentAbove < below)?.mark ?? UNKNOWN;
}

const LEGEND = 'above the cheapest cell: · <2 %  ░ <5 %  ▒ <15 %  ▓ <40 %  █ more';

/** Zones down, hours of the day across. */
export function heatMapLines({ zones }: SpotTypeRow): string[] {
  const known = zones.filter(({ hours }) => hours !== null);
  const prices = known.flatMap(({ hours }) => hours?.mean.filter((mean) => mean !== null) ?? []);
  const low = Math.min(...prices);
  const timeZone = known[0]?.hours?.timeZone;
  if (timeZone === undefined || !(low > 0)) return [];
  const width = Math.max(...known.map(({ zone }) => zone.length));
  const rows = known.map(({ zone, hours }) => {
    const marks = (hours?.mean ?? []).map((mean) => shadeOf(mean === null ? null : (mean / low - 1) * 100));
    return `${zone.padEnd(width)}  ${marks.map((mark) => mark.repeat(2)).join('')}`;
  });
  const clock = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) => String(hour).padStart(2, '0').padEnd(6)).join('');
  return [`${'hour'.padEnd(width)}  ${clock.trimEnd()}  ${timeZone}`, ...rows, `${' '.repeat(width)}  ${LEGEND}`];
}
