import { readEventLog } from '../../src/collectors/spark/read.js';
import type { Subject } from '../../src/model/finding.js';
import { GIB } from '../../src/model/quantity.js';
import type { SavingRecord } from '../../src/model/savings.js';
import type { SparkLog } from '../../src/model/spark.js';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { addSaving, putWorkloadDay, savingRecords } from '../../src/store/savings.js';
import { writeSparkLog } from '../../src/store/spark-write.js';
import { logPath } from '../analyzers/spark/runs.js';
import { Fleet } from '../support/fleet.js';

/** Midnight of the first of the days that are kept. */
export const FIRST = Date.UTC(2026, 4, 1);
export const APPLIED = FIRST + 10 * DAY_MS + 2 * HOUR_MS;
export const NOW = FIRST + 21 * DAY_MS;
export const API: Subject = { kind: 'Deployment', cluster: 'test', namespace: 'web', name: 'api' };
export const ETL: Subject = { kind: 'SparkApplication', cluster: 'test', namespace: 'jobs', name: 'etl' };
const POD = { cpuRequestCores: 4, memoryRequestBytes: 16 * GIB };

/** Three weeks in which Kubernetes, Prometheus and the event logs were read. A pod of half a node costs 0.50 USD/hour. */
export function threeWeeks(): Fleet {
  const window = { sinceMs: FIRST, untilMs: NOW };
  return new Fleet(window, ['kubernetes', 'prometheus', 'spark-logs']).node('n1').prices();
}

export function workloadId({ db }: Fleet, { name }: Subject): number {
  return Number(db.prepare('SELECT id FROM workload WHERE name = ?').pluck().get(name));
}

/** What `api` cost on each day, by the number of the day; undefined: the day was not measured. */
export function days(
  fleet: Fleet,
  usdPerHour: (day: number) => number | undefined,
  nodeUsdPerHour: (day: number) => number = () => 1,
): void {
  fleet.workload({ name: 'api' });
  const id = workloadId(fleet, API);
  for (let day = 0; day < 21; day++) {
    const usd = usdPerHour(day);
    if (usd === undefined) continue;
    const dayMs = FIRST + day * DAY_MS;
    putWorkloadDay(fleet.db, id, { dayMs, usd: usd * 24, coveredHours: 24, nodeUsdPerHour: nodeUsdPerHour(day) });
  }
}

export interface TestRun {
  day: number;
  hours: number;
  /** Each of them a pod of half a node, as the driver is. */
  executors: number;
  inputBytes: number;
}

let healthy: Promise<SparkLog> | undefined;

/** The recorded run, made to be another one of the family `etl`. */
async function logOf({ day, hours, executors, inputBytes }: TestRun): Promise<SparkLog> {
  healthy ??= readEventLog(logPath('healthy'));
  const log = await healthy;
  const startMs = FIRST + day * DAY_MS + 6 * HOUR_MS;
  const endMs = startMs + hours * HOUR_MS;
  const worker = log.executors.find(({ isDriver }) => !isDriver);
  const driver = log.executors.find(({ isDriver }) => isDriver);
  const [stage] = log.stages;
  if (!worker || !driver || !stage) throw new Error('the recorded run has no driver, executor or stage');
  const own = { addedMs: startMs, removedMs: null };
  return {
    ...log,
    application: {
      ...log.application,
      ...{ appId: `etl-${day}`, name: 'etl', family: 'etl', namespace: 'jobs', startMs, endMs, lastEventMs: endMs },
    },
    executors: [
      { ...driver, ...own, podName: `etl-${day}-driver` },
      ...Array.from({ length: executors }, (_, i) => ({
        ...worker,
        ...own,
        id: String(i + 1),
        podName: `etl-${day}-exec-${i + 1}`,
      })),
    ],
    jobs: [],
    stages: [{ ...stage, sums: { ...stage.sums, inputBytes } }],
    sqlExecutions: [],
  };
}

/** Runs of `etl` with their pods. */
export async function runs(fleet: Fleet, all: readonly TestRun[]): Promise<void> {
  const names = all.flatMap(({ day, executors }) => [
    `etl-${day}-driver`,
    ...Array.from({ length: executors }, (_, i) => `etl-${day}-exec-${i + 1}`),
  ]);
  const pods = names.map((name) => ({ name, containers: [POD] }));
  fleet.workload({ kind: 'SparkApplication', namespace: 'jobs', name: 'etl', pods });
  for (const run of all) writeSparkLog(fleet.db, 'test', await logOf(run));
}

/** A promise whose change was seen. */
export function promise(fleet: Fleet, part: Partial<SavingRecord> = {}): SavingRecord {
  addSaving(fleet.db, {
    fingerprint: 'f-1',
    cluster: 'test',
    rule: 'sizing/cpu-over-requested',
    subject: API,
    promisedUsdPerMonth: 100,
    promisedMs: FIRST,
    appliedMs: APPLIED,
    changes: [{ field: 'CPU request of container app', before: '2', after: '1' }],
    ...part,
  });
  const saving = savingRecords(fleet.db).at(-1);
  if (!saving) throw new Error('the promise was not kept in the store');
  return saving;
}
