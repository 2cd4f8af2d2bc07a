import { describe, expect, it } from 'vitest';
import { sparkMemoryTight } from '../../../src/analyzers/sizing/spark-memory-tight.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from '../spark/runs.js';

const MIB = 2 ** 20;

describe('sizing/spark-memory-tight', () => {
  it.each(['healthy', 'largeHeap', 'skew'] as const)('finds room in %s', async (name) => {
    expect(findings(sparkMemoryTight, await recorded(name))).toEqual([]);
  });

  // Heap 1,024 MiB and overhead 384 MiB: 1,408 MiB, of which 95 % are 1,337.6.
  const peaking = (python: number) =>
    run({
      conf: { 'spark.executor.memory': '1g' },
      executors: [executor({ id: '1', peaks: { JVMHeapMemory: 900 * MIB, ProcessTreePythonRSSMemory: python * MIB } })],
    });

  it.each([
    { python: 437, fires: false },
    { python: 438, fires: true },
  ])('900 MiB of heap and $python MiB of Python in 1,408: $fires', ({ python, fires }) => {
    expect(findings(sparkMemoryTight, peaking(python)).length > 0).toBe(fires);
  });

  it('gives more where it is used, and no less elsewhere', () => {
    const [found] = findings(sparkMemoryTight, peaking(600));
    expect(patchOf(found)).toBe('spark.executor.memory=1088m\nspark.executor.memoryOverhead=768m');
    expect(found?.impact.freedMemoryBytes).toBeLessThan(0);
  });

  it('does not take what was not measured for room', () => {
    const worked = executor({ id: '2' });
    const made = peaking(100);
    expect(judge(sparkMemoryTight, { ...made, executors: [...made.executors, worked] })[0]?.state).toBe(
      'insufficient-data',
    );
    const python = { ...peaking(0), stages: [stage({ scopes: ['PythonRDD'], tasks: evenTasks(4, 10) })] };
    expect(judge(sparkMemoryTight, python)[0]?.title).toContain('processTreeMetrics');
  });

  it('does not judge executors in local mode, which has none', () => {
    const driver = executor({ id: 'driver', peaks: { JVMHeapMemory: 1400 * MIB } });
    const local = run({
      conf: { 'spark.master': 'local[2]' },
      stages: [stage({ tasks: evenTasks(4, 10) })],
      executors: [driver],
    });
    expect(judge(sparkMemoryTight, local).map(({ state }) => state)).toEqual(['not-applicable', 'not-applicable']);
  });

  it('lacks data where no peak is logged', () => {
    expect(judge(sparkMemoryTight, run())[0]?.state).toBe('insufficient-data');
  });
});
