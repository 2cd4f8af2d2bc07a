import { describe, expect, it } from 'vitest';
import { muteRecord } from '../../src/findings/mute.js';
import { type LifePolicy, type Sight, stepFinding } from '../../src/findings/step.js';
import type { FindingRecord, LifeEvent } from '../../src/model/lifecycle.js';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { found } from './finding.js';

const POLICY: LifePolicy = {
  openAfter: 2,
  of: 3,
  openAtConfidence: 0.9,
  resolveAfter: 2,
  changePercent: 20,
  changeUsd: 5,
};
const START = Date.parse('2026-05-01T02:00:00Z');
const CLEAN: Sight = { kind: 'clean', why: 'it works' };
const UNKNOWN: Sight = { kind: 'unknown', why: 'prometheus was not collected' };

/** Plays nights: f found, c clean, u unknown, or a sight of its own. Gives the last record and what happened when. */
function play(nights: readonly (string | Sight)[], policy = POLICY, first?: FindingRecord) {
  let record = first;
  const told: string[] = [];
  const events: LifeEvent[] = [];
  nights.forEach((night, i) => {
    const sight: Sight =
      typeof night !== 'string'
        ? night
        : night === 'f'
          ? { kind: 'found', finding: found() }
          : night === 'c'
            ? CLEAN
            : UNKNOWN;
    const step = stepFinding(record, sight, { cluster: 'prod', atMs: START + i * DAY_MS }, policy);
    record = step?.record ?? record;
    events.push(...(step?.events ?? []));
    for (const event of step?.events ?? []) told.push(`${i}:${event.kind}`);
  });
  return { record, told, events };
}

function finding(part: Parameters<typeof found>[0]): Sight {
  return { kind: 'found', finding: found(part) };
}

describe('a finding over the nights', () => {
  it.each<[string, string, string[], FindingRecord['state']]>([
    ['waits for a second night', 'f', ['0:appeared'], 'pending'],
    ['opens on the second', 'ff', ['0:appeared', '1:opened'], 'open'],
    ['opens with one clean night between', 'fcf', ['0:appeared', '2:opened'], 'open'],
    ['does not open where it comes every third night', 'fccfccf', ['0:appeared'], 'pending'],
    ['is quiet while nothing changes', 'fffffff', ['0:appeared', '1:opened'], 'open'],
    ['stays open after one clean night', 'ffc', ['0:appeared', '1:opened'], 'open'],
    ['flaps without a word', 'ffcfcfcf', ['0:appeared', '1:opened'], 'open'],
    ['resolves after two', 'ffcc', ['0:appeared', '1:opened', '3:resolved'], 'resolved'],
    ['resolves once', 'ffccccc', ['0:appeared', '1:opened', '3:resolved'], 'resolved'],
    ['comes back', 'ffccff', ['0:appeared', '1:opened', '3:resolved', '5:reopened'], 'open'],
    ['is not back for one night', 'ffccccf', ['0:appeared', '1:opened', '3:resolved'], 'pending'],
    ['is left alone by nights without data', 'ffuuuuuu', ['0:appeared', '1:opened'], 'open'],
    ['counts clean nights over nights without data', 'ffcuuuc', ['0:appeared', '1:opened', '6:resolved'], 'resolved'],
    ['counts sightings over nights without data', 'fuuuf', ['0:appeared', '4:opened'], 'open'],
    ['goes without a word if it never opened', 'fcc', ['0:appeared'], 'resolved'],
  ])('%s (%s)', (_, nights, told, state) => {
    const played = play([...nights]);
    expect(played.told).toEqual(told);
    expect(played.record?.state).toBe(state);
  });

  it('opens at once where it is sure', () => {
    expect(play([finding({ sure: 0.9 })]).told).toEqual(['0:opened']);
    expect(play([finding({ sure: 0.89 })]).told).toEqual(['0:appeared']);
  });

  it('takes two evaluations within half a day for one night', () => {
    const at = (ms: number) => ({ cluster: 'prod', atMs: START + ms });
    const sight = finding({});
    const first = stepFinding(undefined, sight, at(0), POLICY);
    const again = stepFinding(first?.record, sight, at(11 * HOUR_MS), POLICY);
    expect([again?.record.state, again?.record.recent]).toEqual(['pending', 'f']);
    const next = stepFinding(again?.record, sight, at(24 * HOUR_MS), POLICY);
    expect([next?.record.state, next?.record.recent]).toEqual(['open', 'ff']);
  });

  it('goes on where the clock jumped back', () => {
    const open = play(['f', 'f']).record;
    const step = stepFinding(open, CLEAN, { cluster: 'prod', atMs: START - 300 * DAY_MS }, POLICY);
    expect(step?.record).toMatchObject({ state: 'open', recent: 'ffc', lastSeenMs: START + DAY_MS });
  });

  it.each<[number | null, number | null, boolean]>([
    [50, 62, true],
    [50, 59, false],
    [50, 38, true],
    [10, 14, false],
    [50, null, false],
    [null, 60, false],
  ])('$%s a month that become %s are a change: %s', (before, after, isChange) => {
    const { told } = play([finding({ usd: before, sure: 1 }), finding({ usd: after, sure: 1 })]);
    expect(told.includes('1:changed')).toBe(isChange);
  });

  it('measures a slow drift against what was last told', () => {
    const drift = [50, 55, 59, 61, 66, 73.3].map((usd) => finding({ usd, sure: 1 }));
    const { told, events } = play(drift);
    expect(told).toEqual(['0:opened', '3:changed', '5:changed']);
    expect(events.slice(1).map(({ usdBefore, usdAfter }) => [usdBefore, usdAfter])).toEqual([
      [50, 61],
      [61, 73.3],
    ]);
  });

  it('tells a change of severity', () => {
    const { events } = play([finding({ sure: 1 }), finding({ sure: 1, severity: 'critical' })]);
    expect(events.at(-1)).toMatchObject({ kind: 'changed', why: 'severity warning → critical' });
  });

  it('keeps the last known dollars over a night without prices', () => {
    const { record } = play([finding({ usd: 50 }), finding({ usd: null })]);
    expect(record).toMatchObject({ usdPerMonth: 50, state: 'open' });
  });
});

describe('what a person said', () => {
  const open = play(['f', 'f']).record;
  if (!open) throw new Error('no record');
  const by = { by: 'ann', why: 'known' };

  it('ends with its time', () => {
    const mute = { kind: 'suppressed' as const, sinceMs: START, untilMs: START + 2 * DAY_MS, ...by };
    const { told, record } = play(['f', 'f', 'f', 'f'], POLICY, muteRecord(open, mute).record);
    expect(told).toEqual(['2:heard-again']);
    expect(record?.mute).toBeNull();
  });

  it('stays for what is accepted, unless it gets more severe', () => {
    const accepted = muteRecord(open, { kind: 'accepted', sinceMs: START, untilMs: null, ...by }).record;
    expect(play(['f', 'f', 'f', 'f'], POLICY, accepted).record?.mute).not.toBeNull();
    const worse = play([finding({ severity: 'critical' })], POLICY, accepted);
    expect(worse.record?.mute).toBeNull();
    expect(worse.told).toEqual(['0:heard-again', '0:changed']);
  });

  it('does not stop the life below it', () => {
    const accepted = muteRecord(open, { kind: 'accepted', sinceMs: START, untilMs: null, ...by }).record;
    expect(play(['c', 'c'], POLICY, accepted).record).toMatchObject({ state: 'resolved', mute: { why: 'known' } });
  });
});
