import { describe, expect, it } from 'vitest';
import { artifactInput } from '../../src/analyzers/run.js';
import { DAY_MS } from '../../src/model/window.js';
import { commitments } from '../../src/pricing/commitments.js';
import { putReservedPrices } from '../../src/store/commitments.js';
import { testConfig } from '../analyzers/fixture.js';
import { Fleet } from '../support/fleet.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 10 * DAY_MS, untilMs: UNTIL };
const TYPE = 'm5.2xlarge';

/** A node of 1 USD/hour that was there for the first days. */
const days = (count: number) => ({ createdMs: WINDOW.sinceMs, lastSeenMs: WINDOW.sinceMs + count * DAY_MS });

function rows(fleet: Fleet, usdPerHour: number[]) {
  const price = { region: 'us-east-1', instanceType: TYPE, product: 'Linux/UNIX', offeringClass: 'standard' };
  putReservedPrices(
    fleet.db,
    usdPerHour.map((usd, i) => ({
      ...{ ...price, years: i === 0 ? 1 : 3, payment: 'No Upfront', upfrontUsd: 0 },
      ...{ usdPerHour: usd, source: 'list', asOfMs: 0 },
    })),
  );
  return commitments(artifactInput(fleet.db, WINDOW, testConfig()));
}

describe('commitments', () => {
  it('count how many nodes ran above the break-even, one beside the other', () => {
    const fleet = new Fleet(WINDOW).prices().node('a', days(10)).node('b', days(7)).node('c', days(5));
    expect(rows(fleet, [0.6])).toMatchObject([
      {
        type: TYPE,
        breakEvenPercent: 60,
        nodes: 3,
        wouldPay: 2,
        // 100 % and 70 % of the hours at 1 USD against 0.6 USD for all of them.
        usdPerMonth: expect.closeTo((1 - 0.6 + 0.7 - 0.6) * 730, 6),
      },
    ]);
  });

  it('nodes that follow each other are one', () => {
    const second = { createdMs: WINDOW.sinceMs + 5 * DAY_MS, firstSeenMs: WINDOW.sinceMs + 5 * DAY_MS };
    const fleet = new Fleet(WINDOW).prices().node('a', days(5)).node('b', second);
    expect(rows(fleet, [0.9])).toMatchObject([{ nodes: 1, wouldPay: 1 }]);
  });

  it('have the cheapest term first, and nothing of spot nodes or of types without a price', () => {
    const fleet = new Fleet(WINDOW).prices().node('a').node('s', { capacityType: 'spot', instanceType: 'r5.xlarge' });
    expect(rows(fleet, [0.6, 0.4]).map(({ years, type }) => [years, type])).toEqual([
      [3, TYPE],
      [1, TYPE],
    ]);
    expect(rows(new Fleet(WINDOW).node('a'), [0.6])).toEqual([]);
    expect(rows(new Fleet(WINDOW).prices().node('a', { instanceType: 'x1.large' }), [0.6])).toEqual([]);
  });
});
