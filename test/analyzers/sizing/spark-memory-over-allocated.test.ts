import { describe, expect, it } from 'vitest';
import { sparkMemoryOverAllocated } from '../../../src/analyzers/sizing/spark-memory-over-allocated.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from '../spark/runs.js';

const MIB = 2 ** 20;

describe('sizing/spark-memory-over-allocated', () => {
  it('finds the heap of 4 GiB of which little is used', async () => {
    const [found] = findings(sparkMemoryOverAllocated, await recorded('largeHeap'));
    expect(found?.subject).toMatchObject({ name: 'overalloc-memory', role: 'executor' });
    expect(found?.impact.freedMemoryBytes).toBe(2 * (5120 - 896) * MIB);
    expect(patchOf(found)).toBe('spark.executor.memory=512m\nspark.executor.memoryOverhead=384m');
  });

  it.each(['gc', 'executorOom', 'spill', 'executorLost'] as const)(
    'leaves %s its memory: it shows why it needs it',
    async (name) => {
      const states = judge(sparkMemoryOverAllocated, await recorded(name));
      expect(states.find(({ subject }) => subject.role === 'executor')?.state).toBe('ok');
    },
  );

  // Heap 4 GiB and overhead 1 GiB: 5,120 MiB.
  const peaking = (heapMib: number, rest = {}) =>
    run({
      conf: { 'spark.executor.memory': '4g', 'spark.executor.memoryOverhead': '1g', ...rest },
      stages: [stage({ tasks: evenTasks(4, 10) })],
      executors: [executor({ id: '1', peaks: { JVMHeapMemory: heapMib * MIB, JVMOffHeapMemory: 84 * MIB } })],
    });

  it.each([
    { heapMib: 2000, fires: true },
    { heapMib: 3600, fires: false },
  ])('a peak of $heapMib MiB beside 84: $fires', ({ heapMib, fires }) => {
    expect(findings(sparkMemoryOverAllocated, peaking(heapMib)).length > 0).toBe(fires);
  });

  it.each([
    { share: 0.407, fires: false },
    { share: 0.408, fires: true },
  ])('2,084 of 5,120 MiB against $share: $fires', ({ share, fires }) => {
    expect(findings(sparkMemoryOverAllocated, peaking(2000), { belowShare: share }).length > 0).toBe(fires);
  });

  it('does not judge executors in local mode, which has none', () => {
    const driver = executor({ id: 'driver', peaks: { JVMHeapMemory: 100 * MIB } });
    const local = run({
      conf: { 'spark.master': 'local[2]' },
      stages: [stage({ tasks: evenTasks(4, 10) })],
      executors: [driver],
    });
    expect(judge(sparkMemoryOverAllocated, local).map(({ state }) => state)).toEqual([
      'not-applicable',
      'not-applicable',
    ]);
  });

  it('lacks data where no peak is logged', () => {
    expect(judge(sparkMemoryOverAllocated, run()).map(({ state }) => state)).toEqual([
      'insufficient-data',
      'not-applicable',
    ]);
  });

  it('judges the driver too where Spark sets its memory', () => {
    const made = peaking(3600, { 'spark.submit.deployMode': 'cluster', 'spark.driver.memory': '8g' });
    const driver = executor({ id: 'driver', peaks: { JVMHeapMemory: 400 * MIB } });
    const [found] = findings(sparkMemoryOverAllocated, { ...made, executors: [...made.executors, driver] });
    expect(found?.subject.role).toBe('driver');
    expect(patchOf(found)).toContain('spark.driver.memory=576m');
  });
});
