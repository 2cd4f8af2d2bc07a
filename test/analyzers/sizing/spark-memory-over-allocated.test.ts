import { describe, expect, it } from 'vitest';
import { sparkMemoryOverAllocated } from '../../../src/analyzers/sizing/spark-memory-over-allocated.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, sql, stage } from '../spark/runs.js';

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

  const python = { scopes: ['PythonRDD'], tasks: evenTasks(4, 10) };
  const fromRdd = 'org.apache.spark.api.python.PythonRDD$.collectAndServe(PythonRDD.scala:195)';
  it.each([
    ['a function on an RDD', { stages: [stage(python)] }],
    ['an RDD that is collected', { stages: [stage({ ...python, scopes: [], details: fromRdd })] }],
    ['a UDF', { stages: [stage({ ...python, scopes: [] })], sqlExecutions: [sql(0, [{ name: 'ArrowEvalPython' }])] }],
  ])('leaves the overhead to Python that was not measured: %s', (_what, rest) => {
    const [found] = findings(sparkMemoryOverAllocated, { ...peaking(400), ...rest });
    expect(found?.title).toBe('Executors use at most 10 % of their heap');
    expect(found?.evidence.find(({ metric }) => metric === 'peak beside the heap')?.value).toBeNull();
    expect(patchOf(found)).toBe('spark.executor.memory=576m\nspark.executor.memoryOverhead=1024m');
  });

  it('knows stages of Python functions on RDDs by their RDD', async () => {
    const { stages } = await recorded('straggler');
    expect(stages.flatMap(({ scopes }) => scopes)).toContain('PythonRDD');
  });

  it('counts Python where the process tree was sampled', () => {
    const peaks = { JVMHeapMemory: 400 * MIB, ProcessTreePythonRSSMemory: 200 * MIB };
    const made = { ...peaking(400), stages: [stage(python)], executors: [executor({ id: '1', peaks })] };
    expect(patchOf(findings(sparkMemoryOverAllocated, made)[0])).toContain('spark.executor.memoryOverhead=384m');
  });

  it('lacks data where an executor that ran tasks has no peak', () => {
    const made = peaking(400);
    const judged = (tasks: number) =>
      judge(sparkMemoryOverAllocated, { ...made, executors: [...made.executors, executor({ id: '2', tasks })] })[0];
    expect(judged(1)).toMatchObject({
      state: 'insufficient-data',
      title: 'no memory peak of 1 of 2 executors: what ended between two heartbeats is not sampled',
    });
    expect(judged(0)?.state).toBe('finding');
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
