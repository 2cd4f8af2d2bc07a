import { describe, expect, it } from 'vitest';
import { costAnomaly } from '../../../src/analyzers/cost/anomaly.js';
import { DAY_MS } from '../../../src/model/window.js';
import { Fleet } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');

/** A namespace of one workload on a node of 24 USD a day, whose pods ask for this share of it on each day. */
function judge(shares: readonly number[], { priced = true, config = {}, kind = 'Deployment', until = UNTIL } = {}) {
  const fleet = new Fleet({ sinceMs: until - shares.length * DAY_MS, untilMs: until }).node('n1');
  if (priced) fleet.prices();
  const use = (hour: number) => ({ cpuCores: 8 * (shares[Math.floor(hour / 24)] ?? 0), memoryBytes: 0 });
  fleet.workload({ kind, namespace: 'etl', name: 'job', pods: [{ containers: [{ use }] }] });
  return evaluate(fleet.store, costAnomaly, fleet.window, config);
}

const flat = (count: number, share = 0.3) => Array.from({ length: count }, () => share);
const state = (shares: readonly number[], options = {}) => judge(shares, options).map((finding) => finding.state);

describe('cost/anomaly', () => {
  it('finds the day, its size and who it was', () => {
    const [finding] = judge([...flat(13), 0.9]);
    expect(finding).toMatchObject({
      state: 'finding',
      severity: 'warning',
      subject: { kind: 'Namespace', name: 'etl' },
      title: expect.stringContaining('On 2021-05-30 it cost'),
    });
    const evidence = new Map(finding?.evidence.map(({ metric, value }) => [metric, value]));
    expect(Number(evidence.get('cost of the day')) / Number(evidence.get('usual cost of such a day'))).toBeCloseTo(
      3,
      6,
    );
    expect(evidence.get('moved most')).toMatch(/^Deployment job \+\$/);
  });

  it('judges a Spark family and its namespace', () => {
    const subjects = judge([...flat(13), 0.9], { kind: 'SparkApplication' }).map(({ subject }) => subject.kind);
    expect(subjects).toEqual(['Namespace', 'SparkApplication']);
  });

  it('tells a fall apart from a rise', () => {
    expect(judge([...flat(13, 0.9), 0.1])).toMatchObject([{ state: 'finding', severity: 'info' }]);
  });

  // A third of the cores for a day are 5.21 USD of the node's 24; 30 % of the usual 4.69 are less, so dollars decide.
  it.each([
    [0.3 + 0.31, 'ok'],
    [0.3 + 0.33, 'finding'],
  ])('asks for 5 USD: a share of %f of the node is %s', (share, expected) => {
    expect(state([...flat(13), share])).toEqual([expected]);
  });

  it('takes thresholds from the configuration', () => {
    const rules = { 'cost/anomaly': { minUsdPerDay: 1, minPercent: 10 } };
    expect(state([...flat(13), 0.4], { config: { rules } })).toEqual(['finding']);
  });

  it('knows weekdays: a weekly job is none, however dear', () => {
    // 30 May 2021 is a Sunday, as is the 23rd.
    const weekly = flat(14, 0.05).map((share, day) => (day % 7 === 6 ? 0.9 : share));
    expect(state(weekly)).toEqual(['ok']);
  });

  it('asks more of what always varies', () => {
    const noisy = flat(13).map((share, day) => share + (day % 2 ? 0.25 : -0.25));
    expect(state([...noisy, 0.85])).toEqual(['ok']);
  });

  it.each([
    [7, 'insufficient-data'],
    [8, 'finding'],
  ])('needs seven days before it: %d days in all', (count, expected) => {
    expect(state([...flat(count - 1), 0.9])).toEqual([expected]);
  });

  it('does not know a cost without a price', () => {
    expect(state([...flat(13), 0.9], { priced: false })).toEqual(['insufficient-data']);
  });
});
