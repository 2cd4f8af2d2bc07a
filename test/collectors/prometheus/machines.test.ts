import { describe, expect, it } from 'vitest';
import { machineDays } from '../../../src/collectors/prometheus/machines.js';
import { DAY_MS } from '../../../src/model/window.js';

const at = (value: number, labels: Record<string, string> = {}) => [
  { labels: { instance: '10.0.0.5:9100', ...labels }, points: [{ timeMs: 2 * DAY_MS, value }] },
];

describe('days of machines', () => {
  it('begin a day before their sample, under the host and under the name of the machine', () => {
    const days = machineDays({ cpu: at(0.02), network: at(3e6), samples: at(288), names: at(1, { nodename: 'box' }) });
    const day = { dayMs: DAY_MS, cpuShare: 0.02, networkBytes: 3e6, samples: 288 };
    expect(days).toEqual([
      { ...day, address: '10.0.0.5' },
      { ...day, address: 'box' },
    ]);
  });

  it('are left out where one of both is not known', () => {
    expect(machineDays({ cpu: at(0.02), network: [], samples: at(1), names: [] })).toEqual([]);
    expect(machineDays({ cpu: at(Number.NaN), network: at(1), samples: at(1), names: [] })).toEqual([]);
  });
});
