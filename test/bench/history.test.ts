import { describe, expect, it } from 'vitest';
import { historySeries } from '../../src/bench/history.js';

const KEY = { suite: 's', workload: 'w', variant: 'v', metric: 'time' } as const;
const series = (values: readonly number[]) =>
  historySeries(
    KEY,
    values.map((median, i) => ({
      session: `${i}`,
      label: '',
      atMs: i * 86_400_000,
      gitCommit: null,
      median,
      runs: 10,
    })),
  );
const wobble = (level: number, count: number) =>
  Array.from({ length: count }, (_, i) => level * (1 + 0.01 * Math.sin(i * 2.4)));

describe('history', () => {
  it('looks for no change in fewer than ten sessions', () => {
    const { changes, insufficient } = series([...wobble(10, 4), ...wobble(20, 5)]);
    expect(changes).toEqual([]);
    expect(insufficient).toMatch(/9 sessions/);
  });

  it('finds where the level changes, and which way', () => {
    const { changes } = series([...wobble(10, 7), ...wobble(12, 6), ...wobble(9, 6)]);
    expect(changes.map(({ at, verdict }) => [at, verdict])).toEqual([
      [7, 'regressed'],
      [13, 'improved'],
    ]);
    expect(changes[0]?.shiftPercent).toBeCloseTo(20, 0);
  });

  it('takes a single spike and a level that stays for no change', () => {
    expect(series(wobble(10, 30)).changes).toEqual([]);
    expect(series([...wobble(10, 8), 40, ...wobble(10, 8)]).changes).toEqual([]);
    expect(series(new Array(20).fill(5)).changes).toEqual([]);
  });
});
