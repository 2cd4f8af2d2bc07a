import { beforeAll, describe, expect, it } from 'vitest';
import { costTransfer } from '../../../src/analyzers/cost/transfer.js';
import { readEventLog } from '../../../src/collectors/spark/read.js';
import type { SparkLog } from '../../../src/model/spark.js';
import { DAY_MS } from '../../../src/model/window.js';
import { writeSparkLog } from '../../../src/store/spark-write.js';
import { ADAPTIVE, plainLog, temporaryFolder, writeLog } from '../../collectors/spark/fixtures.js';
import { Fleet } from '../../support/fleet.js';
import { collected, evaluate } from '../fixture.js';

const UNTIL = Date.parse('2026-11-24T00:00:00Z');
const READS_FILES = 'app-20261123203223-0024';
const folder = temporaryFolder();
let onDisk: SparkLog;
let onS3: SparkLog;

beforeAll(async () => {
  onDisk = await readEventLog(writeLog(folder, 'disk', plainLog(ADAPTIVE)));
  const text = plainLog(READS_FILES).toString();
  onS3 = await readEventLog(writeLog(folder, 's3', text.replaceAll('file:/', 's3a://bucket/')));
});

interface Scene {
  log?: () => SparkLog;
  zones?: readonly string[];
  priced?: boolean;
  runs?: number;
  settings?: object;
  /** A second family of the namespace, without a log. */
  second?: boolean;
}

/** A family on nodes of 1 USD/hour in these zones, whose one logged run is a recorded one. */
function judge({
  log,
  zones = ['us-east-1a', 'us-east-1b'],
  priced = true,
  runs = 1,
  settings = {},
  second = false,
}: Scene) {
  const fleet = new Fleet({ sinceMs: UNTIL - DAY_MS, untilMs: UNTIL });
  for (const zone of zones) fleet.node(zone, { zone });
  if (priced) fleet.prices();
  const containers = [{ cpuRequestCores: 1, memoryRequestBytes: 0, use: () => ({ cpuCores: 1, memoryBytes: 0 }) }];
  const pods = Array.from({ length: runs }, (_, run) =>
    zones.map((node) => ({
      role: 'executor' as const,
      node,
      name: `run-${run}-${node}`,
      runName: `run-${run}`,
      ...(run === 0 && { appId: log?.().application.appId ?? 'none' }),
      containers,
    })),
  ).flat();
  fleet.workload({ kind: 'SparkApplication', namespace: 'etl', name: 'job', pods });
  const others = pods.map((pod) => ({
    ...pod,
    name: `other-${pod.name}`,
    runName: `other-${pod.runName}`,
    appId: 'other',
  }));
  if (second) fleet.workload({ kind: 'SparkApplication', namespace: 'etl', name: 'other', pods: others });
  collected(fleet.store, fleet.window, ['spark-logs']);
  if (log) fleet.db.transaction(() => writeSparkLog(fleet.db, 'test', log()))();
  const rules = { 'cost/transfer': { minUsdPerMonth: 0, ...settings } };
  return evaluate(fleet.store, costTransfer, fleet.window, { rules });
}

const value = (finding: ReturnType<typeof judge>[number] | undefined, metric: string) =>
  Number(finding?.evidence.find((one) => one.metric === metric)?.value);

describe('cost/transfer', () => {
  const shuffled = () => onDisk.stages.reduce((sum, { sums }) => sum + sums.shuffleReadBytes, 0);

  it('estimates the shuffle between zones at the list price, both directions, and says that it is an estimate', () => {
    const [finding] = judge({ log: () => onDisk, settings: { minPercent: 0, usdPerGB: 1000 } });
    expect(finding).toMatchObject({ state: 'finding', title: expect.stringMatching(/^Estimated: /) });
    expect(shuffled()).toBeGreaterThan(0);
    expect(value(finding, 'shuffle between zones in the window')).toBeCloseTo(shuffled() / 2, 0);
    expect(value(finding, 'traffic between zones, estimated')).toBeCloseTo(
      (shuffled() / 2 / 1e9) * 2000 * (730 / 24),
      6,
    );
    expect(value(finding, 'S3 GETs in the window')).toBe(0);
  });

  it('counts requests only where paths are on S3', () => {
    const [finding] = judge({ log: () => onS3, zones: ['us-east-1a'], settings: { minPercent: 0, usdPerGet: 1 } });
    const reads = onS3.stages.filter(({ sums }) => sums.inputBytes > 0);
    const bytes = reads.reduce((sum, { sums }) => sum + sums.inputBytes, 0);
    const tasks = reads.reduce((sum, { succeededTasks }) => sum + succeededTasks, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(value(finding, 'S3 GETs in the window')).toBeCloseTo(bytes / 2 ** 20 + 3 * tasks, 6);
    expect(finding?.recommendation?.summary).toContain('larger files');
  });

  it('takes runs without a log to be like those with one', () => {
    const settings = { minPercent: 0, usdPerGB: 1000 };
    const [one, three] = [1, 3].map((runs) => judge({ log: () => onDisk, runs, settings })[0]);
    const metric = 'shuffle between zones in the window';
    expect(value(three, metric)).toBeCloseTo(3 * value(one, metric), 6);
  });

  it('asks for a share of compute', () => {
    // A core on each of two nodes for a day is 3.9 USD of the 48 that they cost.
    const percentOf = (usdPerGB: number) => ((shuffled() / 1e9) * usdPerGB * 100) / 3.906;
    const tenPercent = 10 / percentOf(1);
    expect(judge({ log: () => onDisk, settings: { usdPerGB: tenPercent * 0.8 } })).toMatchObject([{ state: 'ok' }]);
    expect(judge({ log: () => onDisk, settings: { usdPerGB: tenPercent * 1.3 } })).toMatchObject([
      { state: 'finding' },
    ]);
  });

  it('judges a namespace of several families by all that runs in it, and names the one to begin with', () => {
    const [one, other, namespace] = judge({
      log: () => onDisk,
      settings: { minPercent: 0, usdPerGB: 1000 },
      second: true,
    });
    expect(one).toMatchObject({ state: 'finding', subject: { kind: 'SparkApplication', name: 'job' } });
    expect(other).toMatchObject({ state: 'insufficient-data' });
    expect(namespace).toMatchObject({
      state: 'finding',
      subject: { kind: 'Namespace', name: 'etl' },
      title: expect.stringMatching(/^Estimated: /),
      recommendation: { summary: expect.stringContaining('Begin with job.'), patches: [] },
    });
    // The other family is charged as much: half the share of the compute.
    expect(value(namespace, 'its pods')).toBeCloseTo(2 * value(one, 'its pods'), 6);
    const metric = 'traffic between zones, estimated';
    expect(value(namespace, metric)).toBeCloseTo(value(one, metric), 9);
    expect(judge({ second: true }).at(-1)).toMatchObject({
      state: 'insufficient-data',
      subject: { kind: 'Namespace' },
    });
  });

  it.each<[string, Scene, string]>([
    ['without a log', {}, 'insufficient-data'],
    ['without a price', { log: () => onDisk, priced: false }, 'insufficient-data'],
    ['without an executor', { runs: 0 }, 'not-applicable'],
  ])('%s', (_, scene, state) => {
    expect(judge(scene)).toMatchObject([{ state }]);
  });
});
