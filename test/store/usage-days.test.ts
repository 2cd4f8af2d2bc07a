import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Distribution } from '../../src/model/distribution.js';
import { GIB, MIB } from '../../src/model/quantity.js';
import { DAY_MS, HOUR_MS, type Window } from '../../src/model/window.js';
import type { Db } from '../../src/store/open.js';
import { cpuPercentByHour } from '../../src/store/posture.js';
import { forget } from '../../src/store/upkeep.js';
import { networkHours, nodeUsageHours, usageHours, volumeHours } from '../../src/store/usage.js';
import { mergeToDays } from '../../src/store/usage-days.js';
import { type ContainerUsage, SlotReader } from '../../src/store/usage-slots.js';
import { putNetworkHour, putUsageHour, putVolumeHour } from '../../src/store/usage-write.js';
import { dump } from '../support/collect.js';
import { Fleet } from '../support/fleet.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const DAYS = 6;
const WINDOW = { sinceMs: UNTIL - DAYS * DAY_MS, untilMs: UNTIL };
/** Two whole days and half of a third, which stays. */
const MERGED = UNTIL - 3.5 * DAY_MS;
const THROTTLED_SHARE = 0.25;
const TABLES = ['usage_hour', 'usage_day', 'network_hour', 'network_day', 'volume_hour', 'volume_day'];
const CLAIM = { cluster: 'test', namespace: 'web', claim: 'data' };

const isMeasured = (hour: number) => hour % 24 !== 3 && (hour < 30 || hour > 40);
const use = (hour: number) =>
  isMeasured(hour)
    ? {
        cpuCores: Array.from({ length: 12 }, (_, i) => 1 + Math.sin(hour * 12 + i)),
        memoryBytes: GIB * (1 + (hour % 5)),
        oomKills: hour === 20 ? 1 : 0,
        cfsPeriods: 36_000,
        cfsThrottledPeriods: hour % 6 === 0 ? 18_000 : 0,
      }
    : undefined;

function newFleet(): Fleet {
  const pod = {
    containers: [{ use, cpuRequestCores: 1, memoryRequestBytes: 4 * GIB }],
    network: (hour: number) => (isMeasured(hour) ? 1000 + hour : undefined),
  };
  const fleet = new Fleet(WINDOW).node('n1').workload({ pods: [pod, pod, pod] });
  for (let hour = 0; hour < DAYS * 24; hour++)
    putVolumeHour(fleet.db, {
      ...CLAIM,
      hourMs: WINDOW.sinceMs + hour * HOUR_MS,
      usedBytes: hour * MIB,
      capacityBytes: 10 * GIB,
    });
  return fleet;
}

function total<T>(rows: Iterable<T>, of: (row: T) => number | null): number {
  let sum = 0;
  for (const row of rows) sum += of(row) ?? 0;
  return sum;
}

function slotsOf(db: Db, window: Window): ContainerUsage | undefined {
  return new SlotReader(db).slots({ workloadId: 1, window, throttledShare: THROTTLED_SHARE, podsSinceMs: 0 })[0];
}

const bits = (word: number) => word.toString(2).replaceAll('0', '').length;

/** What must not move when hours become days. */
function exactFigures(db: Db, window: Window) {
  const hours = usageHours(db, { workloadId: 1, window });
  const node = nodeUsageHours(db, { cluster: 'test', node: 'n1', window });
  const network = [...networkHours(db, { workloadId: 1, window })];
  const volume = volumeHours(db, { cluster: 'test', namespace: 'web', claim: 'data', window });
  const slots = slotsOf(db, window)?.slots ?? [];
  return {
    measured: hours.map(({ hourMs, pods }) => [hourMs, pods]),
    samples: [total(hours, (h) => h.cpuSamples), total(hours, (h) => h.memorySamples)],
    seconds: [total(hours, (h) => h.cpuSeconds), total(hours, (h) => h.memorySeconds)],
    cpu: [total(hours, (h) => h.cpuSum), Math.max(...hours.map((h) => h.cpuMax ?? 0))],
    memory: [total(hours, (h) => h.memorySum), Math.max(...hours.map((h) => h.memoryMax ?? 0))],
    counters: [
      total(hours, (h) => h.oomKills),
      total(hours, (h) => h.cfsPeriods),
      total(hours, (h) => h.cfsThrottledPeriods),
    ],
    node: [
      node.map((h) => h.hourMs),
      total(node, (h) => h.seconds),
      total(node, (h) => (h.cpuUsageCores ?? 0) * h.seconds),
    ],
    percent: total(cpuPercentByHour(db, 1, window).values(), (h) => h.percent),
    network: [
      network.map(({ hourMs, pods }) => [hourMs, pods]),
      total(network, (h) => h.receiveBytes),
      total(network, (h) => h.transmitBytes),
      total(network, (h) => h.seconds),
    ],
    volume: [volume.map((h) => h.hourMs), Math.max(...volume.map((h) => h.usedBytes))],
    slots: {
      samples: [
        total(slots, (s) => s.cpuSamples),
        total(slots, (s) => s.memorySamples),
        total(slots, (s) => s.cpu.count),
      ],
      seconds: total(slots, (s) => s.seconds),
      cpuSum: total(slots, (s) => s.cpuSum),
      hours: slots.map(({ index, hourBits }) => [index, bits(hourBits)]),
      throttledHours: total(slots, (s) => s.throttledHours),
      most: Math.max(...slots.map((s) => s.mostThrottledShare ?? 0)),
      oom: [total(slots, (s) => s.oomKills), Math.max(...slots.map((s) => s.lastOomMs ?? 0))],
      pods: slotsOf(db, window)?.pods.map((pod) => pod.count),
    },
    above: new SlotReader(db).memorySamplesAbove([1, 2, 3], window, 3.5 * GIB),
    byHour: total(new SlotReader(db).cpuByHour(1, window).values(), (cores) => cores),
  };
}

/** Sums of parts are not the last bit the same. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(9));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)]));
  return value;
}

function quantiles(db: Db, window: Window): number[] {
  const all = new Distribution();
  for (const slot of slotsOf(db, window)?.slots ?? []) all.merge(slot.cpu);
  return [0.05, 0.5, 0.9, 0.99, 1].map((q) => all.quantile(q));
}

describe('mergeToDays', () => {
  let fleet: Fleet;
  beforeEach(() => {
    fleet = newFleet();
  });

  const count = (table: string) => fleet.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();

  it('makes one row of each whole day before the time and leaves the rest', () => {
    mergeToDays(fleet.db, MERGED);
    expect([count('usage_day'), count('network_day'), count('volume_day')]).toEqual([6, 6, 2]);
    const first = fleet.db.prepare('SELECT min(hour_ms) FROM usage_hour').pluck().get();
    expect(first).toBe(UNTIL - 4 * DAY_MS);
  });

  it('lets no total, count, maximum or measured hour move', () => {
    const before = rounded(exactFigures(fleet.db, WINDOW));
    mergeToDays(fleet.db, MERGED);
    expect(rounded(exactFigures(fleet.db, WINDOW))).toEqual(before);
  });

  it('keeps quantiles within the error of the distributions', () => {
    const before = quantiles(fleet.db, WINDOW);
    mergeToDays(fleet.db, MERGED);
    quantiles(fleet.db, WINDOW).forEach((quantile, i) => {
      expect(Math.abs(quantile / (before[i] ?? 0) - 1)).toBeLessThanOrEqual(0.0203);
    });
  });

  it('gives a window that begins within a day the hours of it that were measured, at the mean of the day', () => {
    const window = { sinceMs: WINDOW.sinceMs + 12 * HOUR_MS, untilMs: WINDOW.sinceMs + DAY_MS };
    const day = usageHours(fleet.db, { workloadId: 1, window: { ...window, sinceMs: WINDOW.sinceMs } });
    mergeToDays(fleet.db, MERGED);
    const hours = usageHours(fleet.db, { workloadId: 1, window });
    expect(hours).toHaveLength(12);
    expect(hours[0]?.cpuSum).toBeCloseTo(total(day, (hour) => hour.cpuSum) / 23, 9);
    expect(slotsOf(fleet.db, window)?.slots.map((slot) => Math.round(slot.cpuSamples))).toEqual(Array(12).fill(36));
  });

  it('tells throttled hours by any share that is asked for', () => {
    mergeToDays(fleet.db, UNTIL);
    const throttled = (throttledShare: number) =>
      total(
        new SlotReader(fleet.db).slots({ workloadId: 1, window: WINDOW, throttledShare })[0]?.slots ?? [],
        (slot) => slot.throttledHours,
      );
    const wanted =
      3 * Array.from({ length: DAYS * 24 }, (_, h) => h).filter((h) => h % 6 === 0 && isMeasured(h)).length;
    expect(throttled(0.4)).toBeCloseTo(wanted, 6);
    expect(throttled(0.6)).toBe(0);
  });

  it('changes nothing the second time', () => {
    expect(mergeToDays(fleet.db, MERGED)).toBeGreaterThan(0);
    const before = dump(fleet.store, TABLES);
    expect(mergeToDays(fleet.db, MERGED)).toBe(0);
    expect(dump(fleet.store, TABLES)).toEqual(before);
  });

  it('is whole where it is stopped half-way, and goes on from there', () => {
    const before = rounded(exactFigures(fleet.db, WINDOW));
    fleet.db.exec(`CREATE TEMP TRIGGER stop BEFORE DELETE ON network_hour WHEN old.pod_id = 2
      BEGIN SELECT RAISE(ABORT, 'stopped'); END`);
    expect(() => mergeToDays(fleet.db, MERGED)).toThrow('stopped');
    expect([count('usage_day'), count('network_day')]).toEqual([6, 0]);
    expect(rounded(exactFigures(fleet.db, WINDOW))).toEqual(before);
    fleet.db.exec('DROP TRIGGER stop');
    mergeToDays(fleet.db, MERGED);
    expect(count('network_day')).toBe(6);
    expect(rounded(exactFigures(fleet.db, WINDOW))).toEqual(before);
  });

  it('leaves merged hours as they are where they are read again', () => {
    mergeToDays(fleet.db, MERGED);
    const before = dump(fleet.store, TABLES);
    putUsageHour(fleet.db, hourRecord(1, WINDOW.sinceMs, [9]));
    putNetworkHour(fleet.db, { podId: 1, hourMs: WINDOW.sinceMs, receiveBytes: 9, transmitBytes: 9, seconds: 9 });
    putVolumeHour(fleet.db, { ...CLAIM, hourMs: WINDOW.sinceMs, usedBytes: 9, capacityBytes: 9 });
    expect(dump(fleet.store, TABLES)).toEqual(before);
  });

  it('takes hours that come late into their day', () => {
    mergeToDays(fleet.db, MERGED);
    putUsageHour(fleet.db, hourRecord(1, WINDOW.sinceMs + 3 * HOUR_MS, [2, 4]));
    const { samples, seconds, cpu, measured } = exactFigures(fleet.db, WINDOW);
    expect(mergeToDays(fleet.db, MERGED)).toBe(1);
    expect(rounded(exactFigures(fleet.db, WINDOW))).toMatchObject({
      samples,
      seconds,
      cpu: cpu.map((value) => rounded(value)),
      measured,
    });
    expect(count('usage_day')).toBe(6);
  });

  it('gives the same days however many times it merged on the way', () => {
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 47 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(hours, fc.integer({ min: 1, max: 29 }), (measured, cut) => {
        const days = [false, true].map((twice) => {
          const one = new Fleet(WINDOW).workload({ pods: [{ containers: [{}] }] });
          measured.forEach((hour, i) => {
            putUsageHour(one.db, hourRecord(1, WINDOW.sinceMs + hour * HOUR_MS, [hour + 0.5, i + 1]));
            if (twice && i === cut) mergeToDays(one.db, UNTIL);
          });
          mergeToDays(one.db, UNTIL);
          const rows = one.db.prepare('SELECT * FROM usage_day').all();
          one.store.close();
          return rows;
        });
        expect(days[1]).toEqual(days[0]);
      }),
      { numRuns: 40 },
    );
  });

  it('lets days be forgotten in their turn', () => {
    mergeToDays(fleet.db, MERGED);
    forget(fleet.store, UNTIL - 5 * DAY_MS);
    expect([count('usage_day'), count('network_day'), count('volume_day')]).toEqual([3, 3, 1]);
  });
});

function hourRecord(containerId: number, hourMs: number, values: number[]) {
  const measure = {
    samples: values.length,
    seconds: values.length * 300,
    sum: values.reduce((a, b) => a + b, 0),
    max: Math.max(...values),
    distribution: Distribution.of(values),
  };
  return {
    ...{ containerId, hourMs, cpu: measure, memory: measure },
    ...{ cfsPeriods: null, cfsThrottledPeriods: null, oomKills: null, restarts: null },
  };
}
