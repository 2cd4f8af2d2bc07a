import { formatCount } from './format.js';

interface Named {
  executors: number;
  /** Of each executor; reports of before do not have it. */
  cores?: number | undefined;
}

/** `3 × 2 cores`; of a local master, which has no executors, `3 threads`. */
export function shapeName({ executors, cores }: Named, isLocal = false): string {
  if (isLocal) return formatCount(executors, 'thread');
  return cores === undefined ? formatCount(executors, 'executor') : `${executors} × ${formatCount(cores, 'core')}`;
}

/** What there may be more or fewer of. */
export function shapeThing(isLocal = false): string {
  return isLocal ? 'threads' : 'executors';
}
