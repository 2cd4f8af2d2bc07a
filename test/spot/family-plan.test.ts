import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { planFamily } from '../../src/spot/family-plan.js';
import type { PlanInput, PlanOption } from '../../src/spot/plan-cost.js';
import type { PriceSteps } from '../../src/spot/step-function.js';
import { readRecords, WINDOW } from './fixture.js';

const records = readRecords('planted-hours.csv.gz');

function recorded(type: string, zone: string): PriceSteps {
  const own = records.filter((one) => one.instanceType === type && one.zone === zone).sort((a, b) => a.atMs - b.atMs);
  return {
    atMs: Float64Array.from(own, ({ atMs }) => atMs),
    usdPerHour: Float64Array.from(own, ({ usdPerHour }) => usdPerHour),
  };
}

/** A price by hour since the window's start, re-stated each hour. */
function made(priceOf: (hour: number) => number): PriceSteps {
  const hours = (WINDOW.untilMs - WINDOW.sinceMs) / HOUR_MS;
  const all = Array.from({ length: hours }, (_, hour) => hour);
  return {
    atMs: Float64Array.from(all, (hour) => WINDOW.sinceMs + hour * HOUR_MS),
    usdPerHour: Float64Array.from(all, priceOf),
  };
}

const option = (part: Partial<PlanOption> & Pick<PlanOption, 'zone' | 'steps'>): PlanOption => ({
  type: 'm9.large',
  perNodeHour: 0,
  work: 1,
  ...part,
});

function plan(part: Partial<PlanInput> & Pick<PlanInput, 'options'>) {
  return planFamily({
    work: { hours: 2, nodes: 3, nodesAtRisk: 3, redoneNodeHours: 0.5 },
    today: { lifecycle: 'spot', type: 'm9.large', zone: 'a', startHour: null },
    window: WINDOW,
    timeZone: 'UTC',
    ...part,
  });
}

describe('planFamily', () => {
  it('finds the planted hours of a recording, on the clock of its zone, and what they save', () => {
    const type = 'x9a.4xlarge';
    const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
    const found = plan({
      options: zones.map((zone) => option({ type, zone, steps: recorded(type, zone) })),
      today: { lifecycle: 'spot', type, zone: 'us-east-1a', startHour: 12 },
      timeZone: 'America/New_York',
    });
    expect(found).toMatchObject({ hourMatters: true, best: { zone: 'us-east-1a' } });
    expect([2, 3, 4]).toContain(found?.best.startHour);
    // Planted: 6 % less from 02:00 to 05:59.
    expect(found?.savingPercent).toBeGreaterThan(5.5);
    expect(found?.savingPercent).toBeLessThan(6.5);
    expect(found?.savingInterval[0]).toBeGreaterThan(5);
    expect(found?.backtest?.savedPercent).toBeGreaterThan(5);
  });

  it('names no hour where none matters', () => {
    const type = 'x9c.4xlarge';
    const found = plan({
      options: ['us-east-1a', 'us-east-1b'].map((zone) => option({ type, zone, steps: recorded(type, zone) })),
      today: { lifecycle: 'spot', type, zone: 'us-east-1a', startHour: 3 },
    });
    expect(found).toMatchObject({ hourMatters: false, best: { startHour: null } });
  });

  it('ranks zones and types by the cost of a run; a type that does less takes longer', () => {
    const found = plan({
      options: [
        option({ zone: 'a', steps: made(() => 1) }),
        option({ zone: 'b', steps: made(() => 0.9) }),
        option({ zone: 'b', type: 'm9a.large', work: 0.8, steps: made(() => 0.8) }),
      ],
    });
    expect([found?.best, ...(found?.next ?? [])].map((cell) => [cell?.type, cell?.zone, cell?.usdPerRun])).toEqual([
      ['m9.large', 'b', expect.closeTo(5.4, 9)],
      ['m9.large', 'a', expect.closeTo(6, 9)],
      ['m9a.large', 'b', expect.closeTo(6, 9)],
    ]);
    expect(found?.savingPercent).toBeCloseTo(10, 9);
  });

  it('prices interruptions in, and shows the choice at other rates beside it', () => {
    // Each of 6 node-hours is taken back with 10 %, and half a node-hour is done again: 5 % more.
    const found = plan({
      options: [option({ zone: 'b', steps: made(() => 0.5), perNodeHour: 0.1 })],
      today: { lifecycle: 'on-demand', type: 'm9.large', usdPerHour: 1, startHour: null },
    });
    expect(found?.best).toMatchObject({
      interruptionsPerRun: expect.closeTo(0.6, 9),
      usdPerRun: expect.closeTo(3.15, 9),
    });
    expect(found?.best.interruptionChance).toBeCloseTo(1 - Math.exp(-0.6), 9);
    expect(found?.todayUsdPerRun).toBeCloseTo(6, 9);
    expect(found?.sensitivity.map(({ multiple, usdPerRun }) => [multiple, usdPerRun])).toEqual([
      [0, expect.closeTo(3, 9)],
      [0.5, expect.closeTo(3.075, 9)],
      [1, expect.closeTo(3.15, 9)],
      [2, expect.closeTo(3.3, 9)],
    ]);
  });

  it('names ties as ties', () => {
    const same = made(() => 1);
    const found = plan({ options: ['a', 'b', 'c'].map((zone) => option({ zone, steps: same })) });
    expect(found?.ties.map(({ zone }) => zone)).toEqual(['b', 'c']);
    expect(found?.next).toEqual([]);
  });

  it('pays on the last third what it chose on the first two, and tells the regret', () => {
    const days = (WINDOW.untilMs - WINDOW.sinceMs) / DAY_MS;
    const turns = (before: number, after: number) => made((hour) => (hour / 24 < (days * 2) / 3 ? before : after));
    const found = plan({
      options: [option({ zone: 'a', steps: made(() => 1) }), option({ zone: 'b', steps: turns(0.5, 1.2) })],
    });
    expect(found?.backtest).toMatchObject({
      chosen: { zone: 'b' },
      savedPercent: expect.closeTo(-20, 0),
      regretPercent: expect.closeTo(20, 0),
    });
  });

  it('leaves out what is not known for long enough, or how often it is taken back', () => {
    const late = made(() => 0.1);
    const half = { atMs: late.atMs.slice(800), usdPerHour: late.usdPerHour.slice(800) };
    const found = plan({
      options: [
        option({ zone: 'a', steps: made(() => 1) }),
        option({ zone: 'b', steps: half }),
        option({ zone: 'c', steps: made(() => 0.2), perNodeHour: null }),
      ],
    });
    expect(found?.best.zone).toBe('a');
    expect(plan({ options: [option({ zone: 'b', steps: made(() => 1) })] })).toBeUndefined();
  });

  it('never chooses what is not offered, and knows what today costs all the same', () => {
    const found = plan({
      options: [
        option({ zone: 'a', steps: made(() => 1), offered: false }),
        option({ zone: 'b', steps: made(() => 0.5), offered: false }),
        option({ zone: 'c', steps: made(() => 0.9) }),
      ],
    });
    expect(found?.best.zone).toBe('c');
    expect(found?.next).toEqual([]);
    expect(found?.backtest?.chosen.zone).toBe('c');
    expect(found?.savingPercent).toBeCloseTo(10, 9);
  });

  it('has an interval that a saving of every day makes narrow and one of some weeks makes wide', () => {
    const interval = (steps: PriceSteps) => {
      const found = plan({ options: [option({ zone: 'a', steps: made(() => 1) }), option({ zone: 'b', steps })] });
      const [low = 0, high = 0] = found?.savingInterval ?? [];
      return high - low;
    };
    expect(interval(made(() => 0.8))).toBeCloseTo(0, 9);
    expect(interval(made((hour) => (Math.floor(hour / (24 * 14)) % 2 ? 0.5 : 1)))).toBeGreaterThan(5);
  });
});
