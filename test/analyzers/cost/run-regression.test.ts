import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runRegression } from '../../../src/analyzers/cost/run-regression.js';
import { type FamilyRun, type FamilyRuns, familyRuns } from '../../../src/analyzers/derived/family-runs.js';
import { artifactInput, evaluateGiven, givenInput } from '../../../src/analyzers/run.js';
import { readEventLog } from '../../../src/collectors/spark/read.js';
import { Config } from '../../../src/config/schema.js';
import type { SparkLog } from '../../../src/model/spark.js';
import { DAY_MS } from '../../../src/model/window.js';
import { openStore, type Store } from '../../../src/store/open.js';
import { writeSparkLog } from '../../../src/store/spark-write.js';
import { logPath, patchOf } from '../spark/runs.js';

const SINCE = Date.UTC(2026, 9, 1, 2);

/** A night's run. A few per cent up and down, as clusters are. */
function run(night: number, own: Partial<FamilyRun> = {}): FamilyRun {
  const noise = 1 + (((night * 7) % 11) - 5) / 100;
  const { seconds = 600, inputBytes = 1e9, ...rest } = own;
  const startMs = SINCE + night * DAY_MS;
  return {
    appId: `app-${night}`,
    startMs,
    endMs: startMs + seconds * noise * 1000,
    seconds: seconds * noise,
    usd: null,
    inputBytes,
    inputRecords: 0,
    executors: 8,
    settings: { 'spark.executor.cores': '4', 'spark.app.id': `app-${night}`, 'Spark version': '3.5.1' },
    ...rest,
  };
}

/** Nights before and nights since, each side with what it has of its own. */
function nights(before: number, since: number, own: (night: number) => Partial<FamilyRun>): FamilyRun[] {
  return Array.from({ length: before + since }, (_, night) => run(night, night < before ? {} : own(night)));
}

function judge(family: Partial<FamilyRuns>) {
  const whole = { cluster: 'c', namespace: 'etl', name: 'nightly', runs: [], others: 0, isStream: false, ...family };
  const window = { sinceMs: SINCE, untilMs: SINCE + 90 * DAY_MS };
  return evaluateGiven([runRegression], givenInput(Config.parse({}), window, new Map([[familyRuns, [whole]]])))[0];
}

describe('cost/run-regression', () => {
  it('names the date, the size and the setting that changed with it', () => {
    const settings = (night: number) => ({
      'spark.executor.cores': '2',
      'spark.app.id': `app-${night}`,
      'Spark version': '3.5.1',
    });
    const found = judge({ runs: nights(14, 10, (night) => ({ seconds: 900, settings: settings(night) })) });

    expect(found).toMatchObject({
      state: 'finding',
      severity: 'warning',
      subject: { kind: 'SparkApplication', cluster: 'c', namespace: 'etl', name: 'nightly' },
      title: expect.stringMatching(
        /^Runs take \d\d % more since 2026-10-15T02:00:00Z: with it: spark.executor.cores 4 → 2$/,
      ),
    });
    expect(found?.impact.secondsPerRun).toBeGreaterThan(250);
    expect(patchOf(found)).toBe('spark.executor.cores=4');
  });

  it('names the version of Spark', () => {
    const settings = { 'spark.executor.cores': '4', 'Spark version': '4.0.0' };

    expect(judge({ runs: nights(12, 8, () => ({ seconds: 800, settings })) })?.title).toMatch(
      /with it: Spark version 3.5.1 → 4.0.0$/,
    );
  });

  it('says that the input grew where that is all', () => {
    const found = judge({ runs: nights(12, 12, () => ({ seconds: 900, inputBytes: 1.5e9 })) });

    expect(found).toMatchObject({ state: 'finding', severity: 'info', impact: { secondsPerRun: null } });
    expect(found?.title).toMatch(/: the input grew by 50 %$/);
  });

  it('calls it a regression where the input grew less than the time', () => {
    const found = judge({ runs: nights(12, 12, () => ({ seconds: 1200, inputBytes: 1.3e9 })) });

    expect(found).toMatchObject({ state: 'finding', severity: 'warning' });
    expect(found?.title).toMatch(/with it: the input grew by 30 %$/);
  });

  it('sees a cost that rises alone', () => {
    const runs = nights(12, 10, () => ({ usd: 3 })).map((each) => ({ ...each, usd: each.usd ?? 2 }));

    expect(judge({ runs })?.title).toMatch(
      /^Runs cost 50 % more since .*: no setting, version or input changed; run time did not rise, so look at the prices/,
    );
  });

  it.each([
    ['as before', nights(12, 12, () => ({}))],
    ['9 % more', nights(15, 15, () => ({ seconds: 640 }))],
    ['faster', nights(12, 12, () => ({ seconds: 400 }))],
  ])('is content with runs that are %s', (_, runs) => {
    expect(judge({ runs })).toMatchObject({ state: 'ok' });
  });

  it('says what is missing', () => {
    expect(judge({ runs: nights(4, 5, () => ({ seconds: 900 })), others: 3 })).toMatchObject({
      state: 'insufficient-data',
      title: '9 of 10 runs that ended well, 3 unfinished, failed or damaged ones left out',
    });
    expect(judge({ isStream: true })).toMatchObject({ state: 'not-applicable' });
  });
});

describe('runs of a family in the store', () => {
  let store: Store;
  beforeEach(() => {
    store = openStore(':memory:');
  });
  afterEach(() => store.close());

  /** The recorded run some nights later, its end put off. */
  function again(log: SparkLog, night: number, own: Partial<SparkLog['application']> = {}, longer = 1): SparkLog {
    const { application } = log;
    const startMs = SINCE + night * DAY_MS;
    const endMs = Math.round(startMs + ((application.endMs ?? 0) - application.startMs) * longer);
    const name = `nightly-2026${String(1001 + night)}`;
    return {
      ...log,
      application: { ...application, appId: `app-${night}`, name, family: 'nightly', startMs, endMs, ...own },
    };
  }

  it('are compared without their stages; unfinished, failed and stopped ones do not count', async () => {
    const good = await readEventLog(logPath('healthy'));
    const failed = await readEventLog(logPath('jobFailed'));
    for (let night = 0; night < 12; night++)
      writeSparkLog(store.db, 'c', again(good, night, {}, (night < 6 ? 1 : 2) + (night % 3) / 100));
    writeSparkLog(store.db, 'c', again(failed, 12));
    writeSparkLog(store.db, 'c', again(good, 13, { finished: false, endMs: null }));
    const error = 'Job 0 cancelled because SparkContext was shut down';
    const stopped = { ...good, jobs: good.jobs.map((job) => ({ ...job, result: 'failed' as const, error })) };
    writeSparkLog(store.db, 'c', again(stopped, 14, {}, 0.5));
    const window = { sinceMs: SINCE, untilMs: SINCE + 90 * DAY_MS };
    const input = artifactInput(store.db, window, Config.parse({ cluster: 'c' }));

    const [family] = input.get(familyRuns);
    const [found] = evaluateGiven([runRegression], input);

    expect(family).toMatchObject({ name: 'nightly', others: 3, isStream: false });
    expect(family?.runs).toHaveLength(12);
    const read = good.stages.reduce((sum, stage) => sum + stage.sums.inputBytes, 0);
    expect(family?.runs[0]).toMatchObject({ appId: 'app-0', inputBytes: read, usd: null });
    expect(family?.runs[0]?.settings['Spark version']).toBe('3.5.9');
    expect(found).toMatchObject({ state: 'finding', title: expect.stringContaining('since 2026-10-07T02:00:00Z') });
  });
});
