import { describe, expect, it } from 'vitest';
import { livesOf, mostSlots } from '../../../src/analyzers/derived/spark-slots.js';
import { evenTasks, executor, run, stage } from '../spark/runs.js';

describe('lives of executors', () => {
  const stages = [stage({ tasks: evenTasks(8, 10) })];
  const never = executor({
    id: '3',
    addedMs: null,
    tasks: 0,
    cores: 0,
    removedMs: 90_000,
    removalReason: 'exit code 1',
  });

  it('are of those that registered, not of pods that died at their start', () => {
    const made = run({ stages, executors: [executor({ id: '1' }), executor({ id: '2' }), never] });
    expect(livesOf(made).map((life) => life.executor.id)).toEqual(['1', '2']);
    expect(mostSlots(made)).toBe(4);
  });

  it('are known by tasks alone too', () => {
    const made = run({ stages, executors: [executor({ id: '1', addedMs: null }), never] });
    expect(livesOf(made).map(({ executor: { id }, sinceMs }) => [id, sinceMs])).toEqual([['1', 0]]);
  });

  it('are none where no executor came up', () => {
    const driver = executor({ id: 'driver', tasks: 0 });
    expect(livesOf(run({ executors: [driver, never] }))).toEqual([]);
  });
});
