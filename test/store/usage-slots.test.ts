import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/model/quantity.js';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { usageHours } from '../../src/store/usage.js';
import { SlotReader } from '../../src/store/usage-slots.js';
import { Fleet, type TestContainer } from '../support/fleet.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const window = (days: number) => ({ sinceMs: UNTIL - days * DAY_MS, untilMs: UNTIL });

function fleet(days: number, containers: readonly TestContainer[], pods = 1) {
  return new Fleet(window(days)).workload({ pods: Array.from({ length: pods }, () => ({ containers })) });
}

const read = ({ db, window }: Fleet, podsSinceMs?: number) =>
  new SlotReader(db).slots({
    workloadId: 1,
    window,
    throttledShare: 0.25,
    ...(podsSinceMs === undefined ? {} : { podsSinceMs }),
  });

const waves = (hour: number) => ({ cpuCores: 1 + Math.sin(hour), memoryBytes: GIB * (1 + (hour % 5)) });

describe('SlotReader', () => {
  it('pools days into slots, the last hour apart, and loses nothing', () => {
    const store = fleet(4, [{ use: waves }], 3);
    const [usage] = read(store);
    expect(usage?.slots.map((slot) => (slot.lastHourMs - slot.sinceMs) / HOUR_MS + 1).slice(-4)).toEqual([12, 6, 5, 1]);
    const hours = usageHours(store.db, { workloadId: 1, window: store.window });
    const total = (values: readonly (number | undefined)[]) =>
      values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    const slots = usage?.slots ?? [];
    expect(total(slots.map((slot) => slot.cpuSamples))).toBe(total(hours.map((hour) => hour.cpuSamples)));
    expect(total(slots.map((slot) => slot.cpu.count))).toBe(total(hours.map((hour) => hour.cpuSamples)));
    expect(total(slots.map((slot) => slot.cpuSum))).toBeCloseTo(total(hours.map((hour) => hour.cpuSum)), 6);
    expect(Math.max(...slots.map((slot) => slot.memoryMax ?? 0))).toBe(5 * GIB);
    expect(usage?.containerIds).toHaveLength(3);
  });

  it('keeps every hour apart below three days', () => {
    const [usage] = read(fleet(2, [{ use: waves }]));
    expect(usage?.slots).toHaveLength(48);
  });

  it('counts days back from the last measured hour', () => {
    const [usage] = read(fleet(5, [{ use: (hour) => (hour < 100 ? waves(hour) : undefined) }]));
    expect(usage?.slots.at(-1)).toMatchObject({ sinceMs: UNTIL - 5 * DAY_MS + 99 * HOUR_MS, hourBits: 1 });
  });

  it('gives each pod apart where it is asked for', () => {
    expect(read(fleet(4, [{ use: waves }], 3))[0]?.pods).toEqual([]);
    expect(read(fleet(4, [{ use: waves }], 3), 0)[0]?.pods.map((pod) => pod.count)).toEqual([1152, 1152, 1152]);
  });

  it('counts memory above a size by looking into the hours that reached it', () => {
    const store = fleet(4, [{ use: waves }]);
    const above = (bytes: number) => new SlotReader(store.db).memorySamplesAbove([1], store.window, bytes);
    expect(above(4.5 * GIB)).toBe(19 * 12);
    expect(above(6 * GIB)).toBe(0);
    expect(above(GIB / 2)).toBe(96 * 12);
  });

  it('of nothing is nothing', () => {
    expect(read(fleet(4, [{}]))).toEqual([]);
  });
});
