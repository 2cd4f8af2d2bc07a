import { describe, expect, it } from 'vitest';
import { artifactInput } from '../../src/analyzers/run.js';
import { readEventLog } from '../../src/collectors/spark/read.js';
import { Config } from '../../src/config/schema.js';
import { HOUR_MS, hourOf } from '../../src/model/window.js';
import { gpuFacts, type RunGpus, runGpus } from '../../src/pricing/run-gpus.js';
import { renderClinic } from '../../src/reports/clinic.js';
import { renderClinicHtml } from '../../src/reports/html/clinic.js';
import { examine } from '../../src/spark/clinic.js';
import { putGpuHour } from '../../src/store/exporters.js';
import { EXECUTOR_LOST, plainLog, temporaryFolder, writeLog } from '../collectors/spark/fixtures.js';
import { Fleet } from '../support/fleet.js';

const GIB = 2 ** 30;
const PROFILE = {
  Event: 'SparkListenerResourceProfileAdded',
  'Resource Profile Id': 1,
  'Executor Resource Requests': {
    cores: { 'Resource Name': 'cores', Amount: 2, 'Discovery Script': '', Vendor: '' },
    gpu: { 'Resource Name': 'gpu', Amount: 2, 'Discovery Script': '', Vendor: 'nvidia.com' },
  },
  'Task Resource Requests': {
    cpus: { 'Resource Name': 'cpus', Amount: 1 },
    gpu: { 'Resource Name': 'gpu', Amount: 0.5 },
  },
};

/** A recorded log as Spark writes it where the first executor has two GPUs and runs in a pod. */
function withGpus(plain: Buffer): string {
  const lines = plain
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const event = JSON.parse(line);
      if (event.Event === 'SparkListenerEnvironmentUpdate')
        Object.assign(event['Spark Properties'], {
          'spark.kubernetes.namespace': 'ml',
          'spark.kubernetes.executor.podNamePrefix': 'train',
        });
      if (event.Event === 'SparkListenerExecutorAdded' && event['Executor ID'] === '0')
        Object.assign(event['Executor Info'], {
          'Resource Profile Id': 1,
          Resources: { gpu: { name: 'gpu', addresses: ['0', '1'] } },
        });
      return JSON.stringify(event);
    });
  return [lines[0], JSON.stringify(PROFILE), ...lines.slice(1)].join('\n');
}

const run = await readEventLog(writeLog(temporaryFolder(), 'gpus', withGpus(plainLog(EXECUTOR_LOST))));
const [first] = run.executors.filter(({ id }) => id === '0');
const heldMs = (first?.removedMs ?? run.application.endMs ?? 0) - (first?.addedMs ?? 0);
const config = Config.parse({});

function inCluster(): RunGpus | undefined {
  const fleet = new Fleet({ sinceMs: run.application.startMs, untilMs: run.application.endMs ?? 0 });
  fleet.node('n1', { gpuCount: 2 }).prices();
  const ask = { cpuRequestCores: 2, memoryRequestBytes: 4 * GIB, gpuRequest: 2 };
  const containers = [{ ...ask, use: () => ({ cpuCores: 1, memoryBytes: 0 }) }];
  const pod = { role: 'executor' as const, node: 'n1', name: 'train-exec-0', appId: run.application.appId, containers };
  fleet.workload({ kind: 'SparkApplication', namespace: 'ml', name: 'train', pods: [pod] });
  const hour = { cluster: 'test', namespace: 'ml', host: 'n1', maxPercent: 90 };
  const hourMs = hourOf(run.application.startMs);
  putGpuHour(fleet.db, { ...hour, pod: 'train-exec-0', gpu: 'GPU-1', hourMs, samples: 3, meanPercent: 10 });
  putGpuHour(fleet.db, { ...hour, pod: 'train-exec-0', gpu: 'GPU-2', hourMs, samples: 1, meanPercent: 50 });
  putGpuHour(fleet.db, {
    ...hour,
    pod: 'train-exec-0',
    gpu: 'GPU-1',
    hourMs: hourMs - HOUR_MS,
    samples: 9,
    meanPercent: 99,
  });
  putGpuHour(fleet.db, { ...hour, pod: 'another', gpu: 'GPU-3', hourMs, samples: 9, meanPercent: 99 });
  return runGpus(run, gpuFacts(run, 'test', artifactInput(fleet.db, fleet.window, config)));
}

describe('GPUs of a run', () => {
  it('are those that profiles gave, for the time that executors held them', () => {
    const gpus = runGpus(run);

    expect(gpus?.profiles).toEqual([
      {
        profile: { id: 1, executor: { cores: 2, gpu: 2 }, task: { cpus: 1, gpu: 0.5 } },
        executors: 1,
        gpus: 2,
        gpuHours: (2 * heldMs) / HOUR_MS,
      },
    ]);
    expect(gpus).toMatchObject({ gpuHours: (2 * heldMs) / HOUR_MS, usd: null, meanPercent: null });
  });

  it('are none where no executor has one', async () => {
    const plain = await readEventLog(writeLog(temporaryFolder(), 'plain', plainLog(EXECUTOR_LOST)));
    expect(runGpus(plain)).toBeUndefined();
  });

  it('cost their part of the node’s hour, and were used as DCGM measured in the hours of the run', () => {
    const gpus = inCluster();

    // 1 USD/h in the ratio 8 × 0.031611 : 32 × 0.004237 : 2 × 0.95; the pod holds both.
    const usdPerHour = (2 * 0.95) / (8 * 0.031611 + 32 * 0.004237 + 2 * 0.95);
    expect(gpus?.usd).toBeCloseTo((usdPerHour * heldMs) / HOUR_MS, 9);
    expect(gpus).toMatchObject({ meanPercent: 20, samples: 4 });
  });

  it('stand on the screen, on the page and in the JSON', () => {
    const money = { cost: undefined, rates: [], gpus: inCluster() };
    const clinic = examine(run, { config, cluster: 'test', version: '0', nowMs: 0, money });
    const words = 'GPUs: 1 executor with 2 GPUs each, a task takes 0.5 (resource profile 1).';

    const screen = renderClinic(clinic, { columns: 80 });
    expect(screen.replaceAll('\n', ' ')).toContain(words);
    expect(screen.replaceAll('\n', ' ')).toContain('used 20 % on average (DCGM, 4 samples)');
    expect(Math.max(...screen.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(renderClinicHtml(clinic)).toContain(words);
    expect(clinic.report.sparkRuns[0]?.gpus).toMatchObject({
      meanPercent: 20,
      profiles: [{ id: 1, gpus: 2, executors: 1, task: { gpu: 0.5 } }],
    });
  });
});
