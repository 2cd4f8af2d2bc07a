import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/window.js';
import { outlivedLogsNote, outlivedLogText } from '../../src/pricing/outlived-logs.js';
import { writeSparkLog } from '../../src/store/spark-write.js';
import { run } from '../analyzers/spark/runs.js';
import { Fleet } from '../support/fleet.js';

const SINCE = Date.parse('2021-05-23T00:00:00Z');

/** A store with a run whose pods and whose event log lasted so long. */
function storeWith(podsMs: number, logMs: number) {
  const window = { sinceMs: SINCE, untilMs: SINCE + podsMs };
  const fleet = new Fleet(window).node('n1');
  fleet.workload({ kind: 'SparkApplication', name: 'etl', pods: [{ appId: 'app-1', role: 'driver' }] });
  const log = run();
  const times = { startMs: SINCE, endMs: SINCE + logMs, lastEventMs: SINCE + logMs };
  writeSparkLog(fleet.db, 'test', { ...log, application: { ...log.application, appId: 'app-1', ...times } });
  return { db: fleet.db, window };
}

describe('a run whose pods outlive its event log', () => {
  it.each([
    ['8 days against 2 minutes', 8 * DAY_MS, 2 * MINUTE_MS, true],
    ['just more than twice, and more than 10 minutes', 25 * HOUR_MS, 12 * HOUR_MS, true],
    ['twice', 24 * HOUR_MS, 12 * HOUR_MS, false],
    ['an hour and the same', HOUR_MS, HOUR_MS, false],
  ])('is told of where both prices are shown: %s', (_, podsMs, logMs, expected) => {
    const { db, window } = storeWith(podsMs, logMs);
    expect([outlivedLogText(db, 'app-1') !== undefined, outlivedLogsNote(db, window) !== undefined]).toEqual([
      expected,
      expected,
    ]);
  });

  it('names both lengths and the command that has the other price', () => {
    const { db, window } = storeWith(8 * DAY_MS, 2 * MINUTE_MS);
    expect(outlivedLogText(db, 'app-1')).toBe(
      "Its pods ran 8 d, its event log 2 min: this is the price of the log's time; 'sparkfit cost --by run' prices the pods",
    );
    expect(outlivedLogsNote(db, window)).toBe(
      "of web/app-1 the pods ran 8 d, its event log 2 min: rows have the price of the pods; 'sparkfit app' prices the log's time",
    );
    expect(outlivedLogText(db, 'app-2')).toBeUndefined();
  });
});
