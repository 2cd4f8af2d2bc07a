import { describe, expect, it } from 'vitest';
import { spotCheaperZone } from '../../../src/analyzers/spot/cheaper-zone.js';
import { DAY_MS, HOUR_MS, HOURS_PER_MONTH } from '../../../src/model/window.js';
import type { Db } from '../../../src/store/open.js';
import type { SpotRecord } from '../../../src/store/spot.js';
import { readRecords, storeWith, WINDOW } from '../../spot/fixture.js';
import { addNodes, collected, evaluate, type TestNode } from '../fixture.js';
import { offering, ran } from './groups.js';

function evaluateWith(
  records: readonly SpotRecord[],
  nodes: readonly TestNode[],
  config = {},
  market?: (db: Db) => void,
) {
  const store = storeWith(records);
  collected(store, WINDOW, ['kubernetes', 'aws-spot']);
  addNodes(store, WINDOW, nodes);
  market?.(store.db);
  return evaluate(store, spotCheaperZone, WINDOW, config);
}

/** A price per zone that holds all through, or from a share of the window on another. */
function priced(prices: Record<string, number | { first: number; later: number; from: number }>): SpotRecord[] {
  const days = (WINDOW.untilMs - WINDOW.sinceMs) / DAY_MS;
  return Object.entries(prices).flatMap(([zone, price]) =>
    Array.from({ length: days }, (_, day) => ({
      region: 'us-east-1',
      zone,
      zoneId: null,
      instanceType: 'r5.4xlarge',
      product: 'Linux/UNIX',
      atMs: WINDOW.sinceMs + day * DAY_MS,
      usdPerHour: typeof price === 'number' ? price : day / days < price.from ? price.first : price.later,
    })),
  );
}

const real = readRecords('spot.csv.gz');
const here = [{ name: 'n1' }];

describe('spot/cheaper-zone', () => {
  it('says what was seen here of the zones, beside their prices', () => {
    const prices = priced({ 'us-east-1a': 1, 'us-east-1b': 0.5 });
    const [finding] = evaluateWith(prices, here, {}, (db) => ran(db, 'r5.4xlarge', 'us-east-1b', 2, 10, 1));
    expect(finding?.evidence).toContainEqual(
      expect.objectContaining({
        metric: 'r5.4xlarge on spot in us-east-1b',
        value: 'seen here: 1 interruption in 480 instance-hours',
      }),
    );
  });

  it('names no zone that does not have the type', () => {
    const prices = priced({ 'us-east-1a': 1, 'us-east-1b': 0.5, 'us-east-1c': 0.7 });
    const has = offering('us-east-1a r5.4xlarge', 'us-east-1c r5.4xlarge');
    expect(evaluateWith(prices, here)[0]?.title).toContain('cheaper in us-east-1b');
    expect(evaluateWith(prices, here, {}, has)[0]?.title).toContain('cheaper in us-east-1c');
  });

  it('is fine with nodes in the cheapest zone of real prices', () => {
    expect(evaluateWith(real, here)).toMatchObject([
      {
        state: 'ok',
        title: 'No zone is cheaper than us-east-1a',
        subject: { kind: 'NodeGroup', name: 'r5.4xlarge/spot/us-east-1a' },
      },
    ]);
  });

  it('is fine with a tie', () => {
    const findings = evaluateWith(real, [{ name: 'n1', instanceType: 'g4dn.xlarge', zone: 'us-east-1c' }]);
    expect(findings).toMatchObject([{ state: 'ok', title: 'No zone is cheaper than us-east-1c' }]);
  });

  it('finds real nodes in a dear zone, with dollars, backtest and patch', () => {
    const [finding] = evaluateWith(real, [
      { name: 'n1', zone: 'us-east-1d' },
      { name: 'n2', zone: 'us-east-1d' },
    ]);
    expect(finding).toMatchObject({ state: 'finding', subject: { name: 'r5.4xlarge/spot/us-east-1d' } });
    expect(finding?.title).toBe('r5.4xlarge on spot is 13 % cheaper in us-east-1a than in us-east-1d');
    // Means of oracle.json, two nodes all month.
    expect(finding?.impact.usdPerMonth).toBeCloseTo((0.38418 - 0.33536) * 2 * HOURS_PER_MONTH, 0);
    expect(finding?.recommendation?.backtest).toMatchObject({ passed: true });
    expect(finding?.recommendation?.patches[0]?.content).toContain('values: ["us-east-1a"]');
  });

  it.each([
    ['9.9 % cheaper', 0.901, 'ok'],
    ['10 % cheaper', 0.9, 'finding'],
    ['10.1 % cheaper', 0.899, 'finding'],
  ])('fires from 10 %%: %s', (_name, price, state) => {
    expect(evaluateWith(priced({ 'us-east-1a': 1, 'us-east-1b': price }), here)).toMatchObject([{ state }]);
  });

  it('does not advise a zone that only became cheap in the end', () => {
    const findings = evaluateWith(
      priced({ 'us-east-1a': 1, 'us-east-1b': { first: 1.05, later: 0.5, from: 0.7 }, 'us-east-1c': 0.98 }),
      here,
    );
    expect(findings).toMatchObject([{ state: 'ok', title: expect.stringContaining('could not be known') }]);
  });

  it('does not advise a zone that was cheap and no longer is', () => {
    const findings = evaluateWith(
      priced({ 'us-east-1a': 1, 'us-east-1b': { first: 0.5, later: 1.2, from: 0.66 } }),
      here,
    );
    expect(findings).toMatchObject([{ state: 'ok' }]);
  });

  it('takes no advice from a zone of which too little is known', () => {
    const cheap = priced({ 'us-east-1b': 0.1 }).filter(({ atMs }) => atMs > WINDOW.sinceMs + 10 * DAY_MS);
    const findings = evaluateWith([...priced({ 'us-east-1a': 1, 'us-east-1c': 0.97 }), ...cheap], here);
    expect(findings).toMatchObject([{ state: 'ok' }]);
  });

  it('has no answer where its own zone is not covered', () => {
    const late = priced({ 'us-east-1a': 1 }).filter(({ atMs }) => atMs > WINDOW.sinceMs + 10 * DAY_MS);
    const findings = evaluateWith([...priced({ 'us-east-1b': 0.5 }), ...late], here);
    expect(findings).toMatchObject([{ state: 'insufficient-data', title: expect.stringContaining('95 % are needed') }]);
  });

  it('does not apply to the only zone, and not to on-demand nodes', () => {
    expect(evaluateWith(priced({ 'us-east-1a': 1 }), here)).toMatchObject([{ state: 'not-applicable' }]);
    expect(evaluateWith(real, [{ name: 'n1', capacity: 'on-demand', zone: 'us-east-1d' }])).toEqual([]);
  });

  it('takes its threshold from the configuration', () => {
    const records = priced({ 'us-east-1a': 1, 'us-east-1b': 0.94 });
    const rules = { 'spot/cheaper-zone': { minSavingPercent: 5 } };
    expect(evaluateWith(records, here, { rules })).toMatchObject([{ state: 'finding' }]);
  });

  it('counts the hours that a node was there', () => {
    const store = storeWith(priced({ 'us-east-1a': 1, 'us-east-1b': 0.5 }));
    collected(store, WINDOW, ['kubernetes', 'aws-spot']);
    addNodes(store, { sinceMs: WINDOW.untilMs - 89 * HOUR_MS, untilMs: WINDOW.untilMs }, here);
    const [finding] = evaluate(store, spotCheaperZone, WINDOW);
    expect(finding?.impact.usdPerMonth).toBeCloseTo((0.5 * 89 * HOURS_PER_MONTH) / (89 * 24), 6);
  });
});
