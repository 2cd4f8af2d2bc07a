import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SizeChange } from '../../src/model/finding.js';
import { GIB, MIB, parseJvmMemory } from '../../src/model/quantity.js';
import { type PatchTarget, sizePatches } from '../../src/recommend/size-patch.js';
import { formatJvmMemory, parseSparkSpec, splitPodMemory } from '../../src/recommend/spark-memory.js';

function target(kind: string, spec: unknown = null): PatchTarget {
  return { kind, namespace: 'shop', name: 'api', spec: spec === null ? null : JSON.stringify(spec) };
}

const APP: SizeChange = { container: 'app', role: null, cpuCores: 0.35 };
const EXECUTOR: SizeChange = {
  container: 'spark-kubernetes-executor',
  role: 'executor',
  cpuCores: 1.5,
  memoryBytes: 3 * GIB,
};

describe('sizePatches', () => {
  it.each([
    [
      'Deployment',
      'apps/v1',
      { template: { spec: { containers: [{ name: 'app', resources: { requests: { cpu: '350m' } } }] } } },
    ],
    [
      'CronJob',
      'batch/v1',
      {
        jobTemplate: {
          spec: { template: { spec: { containers: [{ name: 'app', resources: { requests: { cpu: '350m' } } }] } } },
        },
      },
    ],
  ])('of a %s can be applied as it is', (kind, apiVersion, spec) => {
    const [patch] = sizePatches(target(kind), [APP]);
    expect(patch).toMatchObject({ format: 'kubernetes', target: `${kind} shop/api` });
    expect(parse(patch?.content ?? '')).toEqual({
      apiVersion,
      kind,
      metadata: { name: 'api', namespace: 'shop' },
      spec,
    });
  });

  it.each([
    [
      { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'shop', 'helm.sh/chart': 'api-1.2' },
      'chart api-1.2',
    ],
    [{ heritage: 'Helm', release: 'shop' }, 'Release shop:'],
  ])('also as values, where labels tell the Helm release: %j', (labels, words) => {
    const [, values] = sizePatches({ ...target('Deployment'), labels: JSON.stringify(labels) }, [APP]);
    expect(values).toMatchObject({ format: 'helm-values', target: 'shop' });
    expect(values?.content).toContain(words);
    expect(parse(values?.content ?? '')).toEqual({ resources: { requests: { cpu: '350m' } } });
  });

  it.each([{ 'app.kubernetes.io/instance': 'shop' }, { 'app.kubernetes.io/managed-by': 'argocd' }, {}])(
    'not as values where no release is told: %j',
    (labels) => {
      expect(sizePatches({ ...target('Deployment'), labels: JSON.stringify(labels) }, [APP])).toHaveLength(1);
    },
  );

  it('sets memory as request and limit alike, and leaves a CPU limit alone', () => {
    const [patch] = sizePatches(target('StatefulSet'), [{ ...APP, memoryBytes: 700 * MIB }]);
    expect(parse(patch?.content ?? '').spec.template.spec.containers[0].resources).toEqual({
      requests: { cpu: '350m', memory: '704Mi' },
      limits: { memory: '704Mi' },
    });
  });

  it.each(['Pod', 'Job', 'Rollout'])('of a %s is text: it cannot be patched in place, or is not known', (kind) => {
    const [patch] = sizePatches(target(kind), [APP]);
    expect(patch).toMatchObject({ format: 'text', target: `the manifest that creates ${kind} shop/api` });
    expect(parse(patch?.content ?? '')).toEqual({
      containers: [{ name: 'app', resources: { requests: { cpu: '350m' } } }],
    });
  });

  it('of a SparkApplication speaks of roles, and of a schedule through its template', () => {
    const spec = { type: 'Scala', executor: { cores: 2, memory: '4g' } };
    const [plain] = sizePatches(target('SparkApplication', spec), [EXECUTOR]);
    const [scheduled] = sizePatches(target('ScheduledSparkApplication', { template: spec }), [EXECUTOR]);
    const executor = { coreRequest: '1500m', memory: expect.stringMatching(/^\d+m$/) };
    expect(plain?.format).toBe('spark-application');
    expect(parse(plain?.content ?? '')).toMatchObject({ kind: 'SparkApplication', spec: { executor } });
    expect(parse(scheduled?.content ?? '')).toMatchObject({
      kind: 'ScheduledSparkApplication',
      spec: { template: { executor } },
    });
  });

  it('without a resource of an operator they are settings of Spark', () => {
    const [patch] = sizePatches(target('SparkApplication'), [EXECUTOR]);
    expect(patch?.format).toBe('spark-conf');
    expect(patch?.content.split('\n')).toEqual([
      'spark.kubernetes.executor.request.cores=1500m',
      expect.stringMatching(/^spark\.executor\.memory=\d+m$/),
    ]);
  });
});

describe('splitPodMemory', () => {
  it.each([
    ['Scala', 0.1],
    ['Python', 0.4],
    ['R', 0.4],
  ])('of a %s application leaves what Spark adds by its factor', (type, factor) => {
    for (const podBytes of [GIB, 3 * GIB, 20 * GIB]) {
      const { heapBytes, overheadBytes, overheadByFactor } = splitPodMemory(podBytes, 'executor', { type });
      expect(overheadByFactor).toBe(true);
      expect(overheadBytes).toBeGreaterThanOrEqual(Math.max(384 * MIB, heapBytes * factor));
      expect(heapBytes + overheadBytes).toBeGreaterThanOrEqual(podBytes);
      expect(heapBytes + overheadBytes).toBeLessThan(podBytes + 64 * MIB);
    }
  });

  it('keeps the proportion of an overhead that is set', () => {
    const spec = { driver: { memory: '6g', memoryOverhead: '2g' } };
    expect(splitPodMemory(4 * GIB, 'driver', spec)).toEqual({
      heapBytes: 3 * GIB,
      overheadBytes: GIB,
      overheadByFactor: false,
    });
  });

  it('reads it from sparkConf too', () => {
    const sparkConf = { 'spark.executor.memory': '3g', 'spark.executor.memoryOverhead': '1024' };
    expect(splitPodMemory(8 * GIB, 'executor', { sparkConf })).toMatchObject({
      heapBytes: 6 * GIB,
      overheadBytes: 2 * GIB,
    });
  });

  it('prints what Spark reads back', () => {
    expect(parseJvmMemory(formatJvmMemory(3 * GIB + 1))).toBe(3 * GIB + MIB);
  });
});

describe('parseSparkSpec', () => {
  it('reads a plain spec and a schedule; what is none of them is unknown', () => {
    const spec = { type: 'Python', driver: { memory: '1g' } };
    expect(parseSparkSpec(JSON.stringify(spec))).toEqual(spec);
    expect(parseSparkSpec(JSON.stringify({ schedule: '@daily', template: spec }))).toEqual(spec);
    expect(parseSparkSpec(JSON.stringify({ driver: 'x' }))).toBeUndefined();
    expect(parseSparkSpec(null)).toBeUndefined();
  });
});
