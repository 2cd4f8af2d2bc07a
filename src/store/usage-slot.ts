import { Distribution } from '../model/distribution.js';
import { HOUR_MS } from '../model/window.js';
import type { UsageDay } from './usage-days.js';

/** Some neighbouring hours of all containers of one role and name, pooled over pods. */
export interface UsageSlot {
  /** The same for the same time in all containers of the workload. */
  index: number;
  sinceMs: number;
  /** Start of the last measured hour. */
  lastHourMs: number;
  /** Which of its hours were measured, as bits. */
  hourBits: number;
  /** Container-seconds. */
  seconds: number;
  cpuSamples: number;
  cpuSum: number;
  cpuMax: number | null;
  cpu: Distribution;
  memorySamples: number;
  memorySum: number;
  memoryMax: number | null;
  cfsPeriods: number | null;
  cfsThrottledPeriods: number | null;
  /** Container-hours throttled for more than the share asked for, and the highest share of any. */
  throttledHours: number;
  mostThrottledShare: number | null;
  oomKills: number;
  lastOomMs: number | null;
}

/** What SQLite sums up of the hours in a slot, in the order of SLOT. */
export type SlotTuple = (number | string | null)[];

function num(value: number | string | null | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function numOrNull(value: number | string | null | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function highest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function added(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : a + b;
}

const SPACE = 0x20;
const NIBBLES = Uint8Array.from({ length: 256 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0);

/** Merges distributions that SQLite wrote as hex words. */
export function mergeHex(into: Distribution, words: string): void {
  const text = Buffer.from(words, 'latin1');
  const bytes = new Uint8Array(text.length >> 1);
  let length = 0;
  for (let at = 0; at <= text.length; at += 2) {
    const code = text[at] ?? SPACE;
    if (code === SPACE) {
      into.mergeEncoded(bytes.subarray(0, length));
      length = 0;
      at -= 1;
    } else bytes[length++] = ((NIBBLES[code] ?? 0) << 4) | (NIBBLES[text[at + 1] ?? 0] ?? 0);
  }
}

/** How many values of an encoded distribution are above one, ± 1 %. */
export function countAbove(encoded: Uint8Array | null, value: number): number {
  const distribution = Distribution.decode(encoded);
  return distribution.count > 0 ? distribution.fractionAbove(value) * distribution.count : 0;
}

export function emptySlot(index: number, sinceMs: number): UsageSlot {
  return {
    index,
    sinceMs,
    lastHourMs: sinceMs,
    hourBits: 0,
    seconds: 0,
    cpuSamples: 0,
    cpuSum: 0,
    cpuMax: null,
    cpu: new Distribution(),
    memorySamples: 0,
    memorySum: 0,
    memoryMax: null,
    cfsPeriods: null,
    cfsThrottledPeriods: null,
    throttledHours: 0,
    mostThrottledShare: null,
    oomKills: 0,
    lastOomMs: null,
  };
}

/** The distributions of CPU use, as hex words. */
export function cpuWords(row: SlotTuple): string {
  return typeof row[16] === 'string' ? row[16] : '';
}

/** Adds the hours of one container. */
export function addTuple(slot: UsageSlot, row: SlotTuple): void {
  slot.sinceMs = Math.min(slot.sinceMs, num(row[0]));
  slot.lastHourMs = Math.max(slot.lastHourMs, num(row[1]));
  slot.hourBits |= num(row[2]);
  slot.seconds += num(row[3]);
  slot.cpuSamples += num(row[4]);
  slot.cpuSum += num(row[5]);
  slot.cpuMax = highest(slot.cpuMax, numOrNull(row[6]));
  slot.memorySamples += num(row[7]);
  slot.memorySum += num(row[8]);
  slot.memoryMax = highest(slot.memoryMax, numOrNull(row[9]));
  slot.cfsPeriods = added(slot.cfsPeriods, numOrNull(row[10]));
  slot.cfsThrottledPeriods = added(slot.cfsThrottledPeriods, numOrNull(row[11]));
  slot.throttledHours += num(row[12]);
  slot.mostThrottledShare = highest(slot.mostThrottledShare, numOrNull(row[13]));
  slot.oomKills += num(row[14]);
  slot.lastOomMs = highest(slot.lastOomMs, numOrNull(row[15]));
  mergeHex(slot.cpu, cpuWords(row));
}

/** Adds the share of a merged day that its measured hours in the slot are: use is spread evenly over them. */
export function addDay(slot: UsageSlot, day: UsageDay, { hours, untilMs, throttledShare }: DayPart): void {
  const [first, last] = [hours[0], hours.at(-1)];
  if (first === undefined || last === undefined) return;
  const share = hours.length / day.hourCount;
  const part = (value: number | null) => (value === null ? null : value * share);
  slot.sinceMs = Math.min(slot.sinceMs, first);
  slot.lastHourMs = Math.max(slot.lastHourMs, last);
  for (const hourMs of hours) slot.hourBits |= 1 << ((untilMs - hourMs) / HOUR_MS - 1);
  slot.seconds += day.seconds * share;
  slot.cpuSamples += day.cpuSamples * share;
  slot.cpuSum += day.cpuSum * share;
  slot.cpuMax = highest(slot.cpuMax, day.cpuMax);
  slot.cpu.merge(Distribution.decode(day.cpu), share);
  slot.memorySamples += day.memorySamples * share;
  slot.memorySum += day.memorySum * share;
  slot.memoryMax = highest(slot.memoryMax, day.memoryMax);
  slot.cfsPeriods = added(slot.cfsPeriods, part(day.cfsPeriods));
  slot.cfsThrottledPeriods = added(slot.cfsThrottledPeriods, part(day.cfsThrottledPeriods));
  slot.throttledHours += countAbove(day.throttledShares, throttledShare) * share;
  slot.mostThrottledShare = highest(slot.mostThrottledShare, day.throttledShareMax);
  slot.oomKills += day.oomKills === null ? 0 : day.oomKills * share;
  if (day.lastOomMs !== null && hours.includes(day.lastOomMs)) slot.lastOomMs = highest(slot.lastOomMs, day.lastOomMs);
}

export interface DayPart {
  /** Starts of the day's measured hours in the slot. */
  hours: readonly number[];
  /** End of the slot. */
  untilMs: number;
  throttledShare: number;
}
