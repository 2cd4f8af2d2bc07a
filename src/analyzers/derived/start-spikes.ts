import { HOUR_MS } from '../../model/window.js';
import { coveredExtent } from '../../store/node-usage.js';
import { type ContainerStart, containerStarts } from '../../store/starts.js';
import { defineArtifact } from '../rule.js';
import { median } from './numbers.js';

/** A start that takes so many times what the container takes afterwards is a spike … */
const SPIKE_FACTOR = 2;
/** … and belongs to the container if most of its starts are such, of which there are some. */
const LEAST_SHARE = 0.8;
const LEAST_STARTS = 3;

/** CPU that a container takes at every start and not later: loading classes, filling caches. */
export interface StartSpike {
  /** Median of the starts' peaks. */
  cores: number;
  starts: number;
}

/** The spike of one container, by its starts; undefined where they are no different, or too few to tell. */
export function startSpikeOf(starts: readonly ContainerStart[]): StartSpike | undefined {
  const spikes = starts.filter(({ startCores, laterCores }) => startCores >= SPIKE_FACTOR * laterCores);
  if (starts.length < LEAST_STARTS || spikes.length < LEAST_SHARE * starts.length) return undefined;
  return { cores: median(spikes.map(({ startCores }) => startCores)) ?? 0, starts: starts.length };
}

/** Start-up spikes of a workload by its id, container and role; read when asked for. */
export type StartSpikes = (
  workloadId: number,
  container: { name: string; role: string | null },
) => StartSpike | undefined;

export const startSpikes = defineArtifact<StartSpikes>({
  id: 'start-spikes',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window }) {
    // What ran when the history began did not start then.
    const firstMs = (coveredExtent(db)?.sinceMs ?? window.sinceMs) + HOUR_MS;
    const inHistory = { ...window, sinceMs: Math.max(window.sinceMs, firstMs) };
    return (workloadId, { name, role }) =>
      startSpikeOf(
        containerStarts(db, workloadId, inHistory).filter((start) => start.name === name && start.role === role),
      );
  },
});
