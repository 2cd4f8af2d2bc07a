import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StageTasks } from '../../src/model/spark.js';
import { encodeTasks, PackedTasks, taskColumns } from '../../src/store/task-columns.js';

const whole = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 1000 }),
  fc.maxSafeNat().map((n) => n >> 8),
);

function tasksOf(values: readonly (readonly number[])[]): StageTasks {
  const count = values.length;
  const column = (place: number) => values.map((row) => row[place] ?? 0);
  return {
    count,
    executorIds: ['driver', '12', 'exécuteur'],
    index: Int32Array.from(column(0), (n) => n % 1e6),
    attempt: Int32Array.from(column(1), (n) => n % 5),
    executor: Int32Array.from(column(2), (n) => n % 3),
    launchMs: Float64Array.from(column(3)),
    finishMs: Float64Array.from(column(4)),
    outcome: Uint8Array.from(column(5), (n) => n % 3),
    speculative: Uint8Array.from(column(6), (n) => n % 2),
    metrics: taskColumns((name) => Float64Array.from(column(name.length % 7))),
  };
}

/** Packed ones as plain ones. A metric's column may be of one kind or the other: its values are what counts. */
function plain(tasks: StageTasks) {
  const { count, executorIds, index, attempt, executor, launchMs, finishMs, outcome, speculative, metrics } = tasks;
  const values = taskColumns((name) => Array.from(metrics[name]));
  return { count, executorIds, index, attempt, executor, launchMs, finishMs, outcome, speculative, values };
}

describe('task columns', () => {
  it('come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.array(whole, { minLength: 7, maxLength: 7 }), { maxLength: 40 }), (values) => {
        const tasks = tasksOf(values);

        const packed = new PackedTasks(encodeTasks(tasks));
        expect(plain(packed)).toEqual(plain(tasks));
        expect(encodeTasks(packed)).toBe(packed.packed);
      }),
    );
  });

  it('are not looked into for their number', () => {
    const bytes = encodeTasks(tasksOf([[1], [2], [3]]));

    expect(new PackedTasks(bytes.subarray(0, 3)).count).toBe(3);
  });

  it('take a byte for a column of zeros', () => {
    const thousand = tasksOf(Array.from({ length: 1000 }, () => [0, 0, 0, 0, 0, 0, 0]));

    expect(encodeTasks(thousand).length).toBeLessThan(60);
  });

  it('refuse bytes that are cut or of another version', () => {
    const bytes = encodeTasks(tasksOf([[1, 2, 3, 4, 5, 6, 7]]));

    expect(() => new PackedTasks(bytes.subarray(0, bytes.length - 2)).metrics).toThrow('end too early');
    expect(() => new PackedTasks(Buffer.from([9, 0]))).toThrow('version 9');
  });
});
