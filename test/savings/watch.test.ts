import { beforeEach, describe, expect, it } from 'vitest';
import type { LedgerKind, Subject } from '../../src/model/finding.js';
import type { FindingRecord } from '../../src/model/lifecycle.js';
import { DAY_MS } from '../../src/model/window.js';
import { watchPatches } from '../../src/savings/watch.js';
import { finishRun, startRun } from '../../src/store/collections.js';
import { putClaim } from '../../src/store/kubernetes-write.js';
import { savingRecords } from '../../src/store/savings.js';
import { open } from '../alerts/records.js';
import type { Fleet } from '../support/fleet.js';
import { API, NOW, threeWeeks } from './world.js';

const CLAIM: Subject = { kind: 'PersistentVolumeClaim', cluster: 'test', namespace: 'web', name: 'data' };
let fleet: Fleet;
beforeEach(() => {
  fleet = threeWeeks();
});

/** A pod of `api` newer than the others. */
function pod(name: string, cpuRequestCores: number): void {
  fleet.workload({ name: 'api', pods: [{ name, containers: [{ cpuRequestCores, memoryRequestBytes: 2 ** 30 }] }] });
}

function finding(part: Partial<FindingRecord> = {}, rule = 'sizing/cpu-over-requested', subject = API): FindingRecord {
  return { ...open('api', { rule, subject, usd: 40 }), firstSeenMs: NOW - 5 * DAY_MS, ...part };
}

function night(number: number, record: FindingRecord, ledger: LedgerKind | null = 'size') {
  return watchPatches(fleet.db, [record], () => ledger, { cluster: 'test', atMs: NOW + number * DAY_MS });
}

/** Lists everything of the cluster in a night; the claim is in it or not. */
function listed(number: number, isThere: boolean, state: 'ok' | 'failed' = 'ok'): void {
  const window = { sinceMs: NOW, untilMs: NOW + number * DAY_MS };
  if (isThere) putClaim(fleet.db, fleet.claimRecord({ lastSeenMs: window.untilMs }));
  const id = startRun(fleet.db, 'kubernetes', 'test', window, window.untilMs);
  finishRun(fleet.db, id, { state, rows: 1, detail: '', gaps: [] }, window.untilMs);
}

describe('the change that a finding asks for', () => {
  it('is seen once, with what was promised when and what was set before', () => {
    pod('api-1', 2);
    expect(night(1, finding())).toEqual([]);
    pod('api-2', 0.5);
    const [seen] = night(2, finding());
    expect(seen).toMatchObject({
      rule: 'sizing/cpu-over-requested',
      promisedUsdPerMonth: 40,
      promisedMs: NOW - 5 * DAY_MS,
      appliedMs: NOW + 2 * DAY_MS,
      changes: [{ field: 'CPU request of container app', before: '2', after: '500m' }],
    });
    expect(night(3, finding())).toEqual([]);
    expect(savingRecords(fleet.db)).toHaveLength(1);
  });

  it('is not one that goes the other way', () => {
    pod('api-1', 2);
    night(1, finding());
    pod('api-2', 3);
    expect(night(2, finding())).toEqual([]);
    expect(savingRecords(fleet.db)).toEqual([]);
  });

  it('goes up where more was asked for', () => {
    pod('api-1', 2);
    night(1, finding({ usdPerMonth: -30 }));
    pod('api-2', 3);
    expect(night(2, finding({ usdPerMonth: -30 }))[0]?.changes).toEqual([
      { field: 'CPU request of container app', before: '2', after: '3' },
    ]);
  });

  it('is seen after the finding resolved, not two weeks later', () => {
    pod('api-1', 2);
    night(1, finding());
    pod('api-2', 1);
    const resolved = { state: 'resolved', resolvedMs: NOW + DAY_MS } as const;
    expect(night(17, finding(resolved))).toEqual([]);
    expect(night(3, finding(resolved))).toHaveLength(1);
  });

  it('is no one of a finding that promises nothing', () => {
    pod('api-1', 2);
    night(1, finding(), null);
    pod('api-2', 1);
    expect(night(2, finding(), null)).toEqual([]);
  });

  it('of another setting is none', () => {
    const memory = finding({}, 'sizing/memory-over-requested');
    pod('api-1', 2);
    night(1, memory);
    pod('api-2', 1);
    expect(night(2, memory)).toEqual([]);
  });

  it('is that a thing is gone, once somebody looked and did not see it', () => {
    const idle = finding({}, 'idle/volume', CLAIM);
    listed(1, true);
    expect(night(1, idle, 'idle')).toEqual([]);
    listed(2, false, 'failed');
    expect(night(2, idle, 'idle')).toEqual([]);
    listed(3, false);
    expect(night(3, idle, 'idle')[0]?.changes).toEqual([{ field: 'presence', before: 'there', after: 'gone' }]);
  });
});
