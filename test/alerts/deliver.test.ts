import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, type DeliverOptions, type Delivery, deliver } from '../../src/alerts/deliver.js';
import { enqueueChange, enqueueGroups } from '../../src/alerts/enqueue.js';
import type { AlertEvent } from '../../src/alerts/event.js';
import { pagerduty } from '../../src/alerts/sinks/pagerduty.js';
import { Config } from '../../src/config/schema.js';
import type { FindingRecord } from '../../src/model/lifecycle.js';
import { DAY_MS, MINUTE_MS } from '../../src/model/window.js';
import { openStore, type Store } from '../../src/store/open.js';
import { enqueue, outboxHistory } from '../../src/store/outbox.js';
import { type Answer, type PagerDuty, ROUTING_KEY, startPagerDuty } from '../support/pagerduty.js';
import { AT, open } from './records.js';

const PLACES = { reportUrl: '', dashboardUrl: '', docsUrl: '' };
let store: Store;
let pager: PagerDuty;
let clock: Clock & { ms: number };

beforeEach(async () => {
  store = openStore(':memory:');
  pager = await startPagerDuty();
  clock = {
    ms: AT,
    now: () => clock.ms,
    sleep: async (ms) => {
      clock.ms += ms;
    },
  };
});
afterEach(async () => {
  store.close();
  await pager.close();
});

function sink(key = ROUTING_KEY) {
  return pagerduty(pager.url, key, PLACES);
}

/** A night on which these findings are what there is. */
function night(records: readonly FindingRecord[], atMs = AT, key = ROUTING_KEY): void {
  const config = Config.parse({});
  store.db.transaction(() => enqueueGroups([sink(key)], { db: store.db, cluster: 'prod', atMs, records, config }))();
}

async function run(part: Partial<DeliverOptions> = {}, key = ROUTING_KEY): Promise<Delivery> {
  return deliver(store.db, [sink(key)], {
    clock,
    timeoutMs: 3000,
    budgetMs: 5 * MINUTE_MS,
    signal: new AbortController().signal,
    isQuiet: () => false,
    ...part,
  });
}

/** Answers the first requests so, and all others with 202. */
function answers(...first: Answer[]): void {
  pager.answer = (count) => first[count - 1] ?? { kind: 'accept' };
}

function openKeys(): string[] {
  return pager.open().map(({ triggers }) => triggers[0]?.payload.summary.split(':')[1]?.trim() ?? '');
}

describe('delivery', () => {
  it('opens, keeps quiet while nothing changes, and resolves by the same key', async () => {
    night([open('api')]);
    expect(await run()).toEqual({ sent: 1, waiting: 0, held: 0, refused: 0, errors: [] });
    night([open('api')], AT + DAY_MS);
    expect((await run()).sent).toBe(0);
    expect(openKeys()).toHaveLength(1);
    night([], AT + 2 * DAY_MS);
    expect((await run()).sent).toBe(1);
    expect(pager.open()).toEqual([]);
    expect(new Set(pager.taken.map(({ dedup_key }) => dedup_key)).size).toBe(1);
    night([open('api')], AT + 3 * DAY_MS);
    await run();
    expect([...pager.alerts.values()].map(({ opened }) => opened)).toEqual([2]);
  });

  it('tells a group that grows under its key', async () => {
    night([open('api')]);
    await run();
    night([open('api'), open('db')], AT + DAY_MS);
    await run();
    expect(pager.open().map(({ triggers, opened }) => [triggers.length, opened])).toEqual([[2, 1]]);
  });

  it.each<[string, Answer[], number]>([
    ['500', [{ kind: 'status', status: 500 }], 2],
    [
      '502 and 503',
      [
        { kind: 'status', status: 502 },
        { kind: 'status', status: 503 },
      ],
      3,
    ],
    ['429', [{ kind: 'status', status: 429 }], 2],
    ['408', [{ kind: 'status', status: 408 }], 2],
    ['200, which is not 202', [{ kind: 'status', status: 200 }], 2],
    ['nothing', [{ kind: 'never' }], 2],
    ['too late', [{ kind: 'slow', ms: 60_000 }], 2],
    ['by a cut after taking it', [{ kind: 'cut' }], 2],
    [
      'so several times',
      [{ kind: 'cut' }, { kind: 'never' }, { kind: 'status', status: 500 }, { kind: 'slow', ms: 60_000 }],
      5,
    ],
  ])('answered %s goes again with the same key and collapses', async (_, first, requests) => {
    answers(...first);
    night([open('api')]);
    expect(await run()).toMatchObject({ sent: 1, waiting: 0, refused: 0 });
    expect(pager.bodies).toHaveLength(requests);
    expect(new Set(pager.bodies).size).toBe(1);
    expect(pager.open().map(({ opened }) => opened)).toEqual([1]);
    await run();
    expect(pager.bodies).toHaveLength(requests);
  });

  it('waits as long as 429 says, and longer each time', async () => {
    const times: number[] = [];
    pager.answer = (count) => {
      times.push(clock.ms);
      return count < 4 ? { kind: 'status', status: count === 1 ? 429 : 500, retryAfter: 120 } : { kind: 'accept' };
    };
    night([open('api')]);
    expect((await run({ budgetMs: 60 * MINUTE_MS })).sent).toBe(1);
    const waits = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / 1000);
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(120);
  });

  it.each([400, 401, 403, 404, 413])('is never tried again after %i', async (status) => {
    answers({ kind: 'status', status });
    night([open('api')]);
    const delivery = await run();
    expect(delivery).toMatchObject({ sent: 0, refused: 1 });
    expect(delivery.errors.join()).toContain(`answered ${status}`);
    await run();
    night([open('api')], AT + DAY_MS);
    await run();
    expect(pager.bodies).toHaveLength(1);
  });

  it('tells a new service everything anew, and no secret is in what failed', async () => {
    night([open('api')], AT, 'wrong-key');
    const refused = await run({}, 'wrong-key');
    expect(refused.refused).toBe(1);
    expect(refused.errors.join()).toContain('Invalid routing key ***');
    expect(JSON.stringify(outboxHistory(store.db))).not.toContain('wrong-key');
    night([open('api')], AT + DAY_MS);
    expect((await run()).sent).toBe(1);
    expect(pager.open()).toHaveLength(1);
  });

  it('keeps what it could not deliver for the next run', async () => {
    pager.answer = () => ({ kind: 'status', status: 503 });
    night([open('api')]);
    expect(await run()).toMatchObject({ sent: 0, waiting: 1, errors: [expect.stringContaining('answered 503')] });
    answers();
    clock.ms += DAY_MS;
    expect(await run()).toMatchObject({ sent: 1, waiting: 0 });
  });

  it('never sends an older state after a newer one', async () => {
    pager.answer = () => ({ kind: 'never' });
    night([open('api')]);
    await run();
    night([], AT + DAY_MS);
    answers();
    pager.answer = () => ({ kind: 'accept' });
    clock.ms += DAY_MS;
    await run();
    expect(pager.taken.map((event) => event.event_action)).toEqual(['resolve']);
    expect(outboxHistory(store.db).map(({ state }) => state)).toEqual(['superseded', 'sent']);
  });

  it('resolves what was taken without a word', async () => {
    pager.answer = () => ({ kind: 'cut' });
    night([open('api')]);
    await run();
    expect(pager.open()).toHaveLength(1);
    night([], AT + DAY_MS);
    pager.answer = () => ({ kind: 'accept' });
    clock.ms += DAY_MS;
    await run();
    expect(pager.open()).toEqual([]);
  });

  it('stays below 120 events a minute, over runs too', async () => {
    const times: number[] = [];
    pager.answer = () => {
      times.push(clock.ms);
      return { kind: 'accept' };
    };
    const event = (i: number): AlertEvent => ({
      ...{ action: 'trigger', key: `k${i}`, cluster: 'prod', family: 'idle', severity: 'info', summary: 's' },
      ...{ atMs: AT, usdPerMonth: null, total: 0, members: [] },
    });
    for (let i = 0; i < 150; i++) enqueue(store.db, 'pagerduty', event(i), AT);
    await run();
    for (let i = 150; i < 300; i++) enqueue(store.db, 'pagerduty', event(i), AT);
    await run();
    expect(times).toHaveLength(300);
    const most = Math.max(
      ...times.map((from) => times.filter((time) => time >= from && time < from + MINUTE_MS).length),
    );
    expect(most).toBeLessThan(120);
  });

  it('holds triggers in quiet hours, tells what is over, and goes on after them', async () => {
    night([open('api')]);
    const quiet = { isQuiet: () => true };
    expect(await run(quiet)).toMatchObject({ sent: 0, held: 1, waiting: 0 });
    expect(pager.bodies).toEqual([]);
    expect((await run()).sent).toBe(1);
    night([], AT + DAY_MS);
    expect(await run(quiet)).toMatchObject({ sent: 1, held: 0 });
    expect(pager.open()).toEqual([]);
  });

  it('does not believe a time to wait that a wrong clock left far ahead', async () => {
    pager.answer = () => ({ kind: 'status', status: 500 });
    clock.ms = AT + 5000 * DAY_MS;
    night([open('api')]);
    await run({ budgetMs: 1 });
    clock.ms = AT;
    answers();
    pager.answer = () => ({ kind: 'accept' });
    expect((await run()).sent).toBe(1);
  });

  it('tells a change once, where changes are told', async () => {
    const change: AlertEvent = {
      ...{ action: 'change', key: 'change-1', cluster: 'prod', family: 'sizing', severity: 'info', summary: 'smaller' },
      ...{ atMs: AT, usdPerMonth: 12, total: 1, members: [] },
    };
    enqueueChange(store.db, [sink()], change);
    enqueueChange(store.db, [sink()], change);
    await run();
    enqueueChange(store.db, [sink()], change);
    await run();
    expect(pager.changes.map(({ payload }) => payload.summary)).toEqual(['smaller']);
    expect(pager.open()).toEqual([]);
  });
});
