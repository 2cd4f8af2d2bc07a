import { GIB } from '../model/quantity.js';
import { formatTime, isoTime } from '../model/window.js';

/** Numbers for people: a unit beside each, rounded for show only. What is not known has its own words, never a zero. */

const wholeNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const twoDecimals = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const fourDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

export function formatCount(value: number, one: string, many = `${one}s`): string {
  return `${wholeNumber.format(value)} ${value === 1 ? one : many}`;
}

/** `$1,234`, `$12.30`, `<$0.01`; `price unknown` for null. */
export function formatUsd(usd: number | null): string {
  if (usd === null || !Number.isFinite(usd)) return 'price unknown';
  const sign = usd < 0 ? '-' : '';
  const size = Math.abs(usd);
  if (size > 0 && size < 0.005) return `${sign === '-' ? '>-' : '<'}$0.01`;
  // 99.995 and above would be shown as $100.00.
  return `${sign}$${size < 99.995 ? cents.format(size) : wholeNumber.format(size)}`;
}

export function formatUsdPerMonth(usd: number | null): string {
  return usd === null || !Number.isFinite(usd) ? 'price unknown' : `${formatUsd(usd)}/month`;
}

/** Prices of an hour are small: four significant digits. */
export function formatUsdPerHour(usd: number | null): string {
  return usd === null || !Number.isFinite(usd) ? 'price unknown' : `$${fourDigits.format(usd)}/hour`;
}

/** `61 %` of a share 0 to 1; below 1 % and above 99 % it never rounds to none or all. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if ((percent > 0 && percent < 1) || (percent > 99 && percent < 100)) {
    const tenths = Math.min(99.9, Math.round(percent * 10) / 10);
    return `${tenths} %`;
  }
  return `${Math.round(percent)} %`;
}

export function formatCores(cores: number | null): string {
  if (cores === null || !Number.isFinite(cores)) return 'unknown';
  const text = Math.abs(cores) < 0.1 ? threeDigits.format(cores) : twoDecimals.format(cores);
  return `${text} ${text === '1' ? 'core' : 'cores'}`;
}

const BYTE_STEPS: [number, string][] = [
  [2 ** 50, 'PiB'],
  [2 ** 40, 'TiB'],
  [GIB, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
];

export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return 'unknown';
  const [size, unit] = BYTE_STEPS.find(([step]) => Math.abs(bytes) >= step) ?? [1, 'B'];
  const value = bytes / size;
  return `${(Math.abs(value) >= 100 ? wholeNumber : threeDigits).format(value)} ${unit}`;
}

const DAY_SECONDS = 86_400;

/** `0.42 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return 'unknown';
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (seconds < 10) return `${threeDigits.format(Math.round(seconds * 1000) / 1000)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [major, size, minor, minorSize] =
    whole < 3600 ? ['min', 60, 's', 1] : whole < DAY_SECONDS ? ['h', 3600, 'min', 60] : ['d', DAY_SECONDS, 'h', 3600];
  const rest = Math.floor((whole % Number(size)) / Number(minorSize));
  return `${wholeNumber.format(Math.floor(whole / Number(size)))} ${major}${rest ? ` ${rest} ${minor}` : ''}`;
}

export function formatNumber(value: number): string {
  return (Math.abs(value) >= 1000 ? wholeNumber : fourDigits).format(value);
}

const FORMAT_OF_UNIT: Record<string, (value: number) => string> = {
  bytes: formatBytes,
  cores: formatCores,
  s: formatSeconds,
  seconds: formatSeconds,
  USD: formatUsd,
  'USD/month': formatUsdPerMonth,
  'USD/hour': formatUsdPerHour,
  '%': (value) => `${(Math.abs(value) < 100 ? threeDigits : wholeNumber).format(value)} %`,
};

/** A measured value with its unit; words stand for themselves. */
export function formatValue(value: number | string | null, unit: string): string {
  if (value === null) return unit.startsWith('USD') ? 'price unknown' : 'unknown';
  if (typeof value === 'string') return unit ? `${value} ${unit}` : value;
  if (!Number.isFinite(value)) return 'unknown';
  const known = Object.hasOwn(FORMAT_OF_UNIT, unit) ? FORMAT_OF_UNIT[unit] : undefined;
  if (known) return known(value);
  return unit ? `${formatNumber(value)} ${unit}` : formatNumber(value);
}

/** `2021-05-24 00:00 UTC`. */
export function formatIsoTime(iso: string): string {
  return formatTime(Date.parse(iso));
}

/** `2021-05-24 00:00 to 2021-05-31 00:00 UTC`, `2021-05-26 03:00 to 05:00 UTC`. */
export function formatIsoWindow({ since, until }: { since: string; until: string }): string {
  const [from, to] = [formatIsoTime(since).replace(' UTC', ''), formatIsoTime(until)];
  const day = from.slice(0, 11);
  return `${from} to ${to.startsWith(day) ? to.slice(day.length) : to}`;
}

/** `2021-05-24`, the day in UTC. */
export function formatDay(timeMs: number): string {
  return isoTime(timeMs).slice(0, 10);
}

/** Dollars of one run, which are often less than a cent: three digits that count below ten cents. */
export function formatRunUsd(usd: number | null): string {
  if (usd === null || usd === 0 || Math.abs(usd) >= 0.1) return formatUsd(usd);
  const digits = Math.min(6, 2 - Math.floor(Math.log10(Math.abs(usd))));
  return `$${usd.toFixed(digits)}`;
}
