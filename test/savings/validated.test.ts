import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BenchSession, SESSION_SCHEMA } from '../../src/bench/session.js';
import { DAY_MS, isoTime } from '../../src/model/window.js';
import type { SavingsReport } from '../../src/savings/report.js';
import { saveBenchSession, saveValidation, type Validation } from '../../src/store/bench.js';
import { openStore } from '../../src/store/open.js';
import { addSaving } from '../../src/store/savings.js';
import { sparkfit } from '../support/io.js';
import { API, APPLIED, FIRST } from './world.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-validated-'));
  path = join(folder, 'sparkfit.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function session(id: string): BenchSession {
  return {
    schema: SESSION_SCHEMA,
    ...{ id, suite: 'etl', suiteHash: 'h', label: '', tool: 'sparkfit', createdAt: isoTime(FIRST), order: 'blocks' },
    ...{ seed: 1, runsPlanned: 10, tolerances: {}, metrics: null, environment: {}, stoppedAlpha: {}, skipped: [] },
    workloads: [{ name: 'etl', variants: ['now', 'patched'], confHashes: [] }],
    ...{ complete: true, runs: [] },
  };
}

/** Books a benchmark's verdict on a finding, as `bench validate` does. */
function book(fingerprint: string, verdict: string, day: number): void {
  const store = openStore(path);
  const own = session(`session-${fingerprint}-${day}`);
  const validation: Validation = {
    ...{ fingerprint, session: own.id, validatedMs: FIRST + day * DAY_MS, rule: 'sizing/cpu-over-requested' },
    ...{ subject: 'Deployment web/api', verdict, shiftPercent: -8, lowPercent: -10, highPercent: -6, metric: 'time' },
  };
  saveBenchSession(store.db, own);
  saveValidation(store.db, validation);
  store.close();
}

function apply(fingerprint: string, appliedMs: number): void {
  const store = openStore(path);
  addSaving(store.db, {
    ...{ fingerprint, cluster: 'test', rule: 'sizing/cpu-over-requested', subject: API, promisedUsdPerMonth: 100 },
    ...{ promisedMs: FIRST, appliedMs, changes: [{ field: 'CPU request of container app', before: '2', after: '1' }] },
  });
  store.close();
}

describe('sparkfit savings', () => {
  it("shows the newest benchmark of each change's patch, and null where none was made", async () => {
    apply('f-benched', APPLIED);
    apply('f-not-benched', APPLIED + DAY_MS);
    book('f-benched', 'improved', 5);
    book('f-benched', 'inconclusive', 2);
    book('f-other', 'regressed', 6);

    const { exitCode, out } = await sparkfit(['savings', '--store', path, '--json']);

    expect(exitCode).toBe(0);
    const { rows }: SavingsReport = JSON.parse(out);
    expect(rows.map(({ fingerprint, validated }) => [fingerprint, validated])).toEqual([
      ['f-not-benched', null],
      ['f-benched', 'improved'],
    ]);
    const told = (await sparkfit(['savings', '--store', path])).out;
    expect(told).toContain('promised: $100/month; benchmark: improved');
    expect(told.match(/benchmark:/g)).toHaveLength(1);
  });
});
