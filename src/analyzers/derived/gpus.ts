import { HOUR_MS, type Window } from '../../model/window.js';
import { type GpuHour, gpuHours } from '../../store/exporters.js';
import { defineArtifact } from '../rule.js';
import { type WorkloadProfile, workloadProfiles } from './workload-profiles.js';

/** A workload that asks for GPUs, with how busy they were. */
export interface GpuUse {
  profile: WorkloadProfile;
  /** Asked for by one pod. */
  gpusPerPod: number;
  hours: GpuHour[];
}

export const gpuUse = defineArtifact<GpuUse[]>({
  id: 'gpu-use',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window, get }) {
    return get(workloadProfiles).flatMap((profile) => {
      const gpusPerPod = profile.containers.reduce((sum, { gpuRequest }) => sum + (gpuRequest ?? 0), 0);
      return gpusPerPod > 0 ? [{ profile, gpusPerPod, hours: gpuHours(db, profile.row.id, window) }] : [];
    });
  },
});

/** Consecutive hours with little use, the newest of them at `lastMs`. */
export interface Quiet {
  hours: number;
  lastMs: number;
}

/** Every stretch of hours with less than `percent` mean use, oldest first; an hour without data ends one. */
export function quietStretches(hours: readonly GpuHour[], percent: number): Quiet[] {
  const stretches: Quiet[] = [];
  for (const { hourMs, meanPercent } of hours) {
    if (meanPercent >= percent) continue;
    const open = stretches.at(-1);
    if (open && open.lastMs === hourMs - HOUR_MS) {
      open.hours += 1;
      open.lastMs = hourMs;
    } else stretches.push({ hours: 1, lastMs: hourMs });
  }
  return stretches;
}

export function gpuWindow(hours: readonly GpuHour[], window: Window): Window {
  const [first, last] = [hours.at(0), hours.at(-1)];
  return first && last ? { sinceMs: first.hourMs, untilMs: last.hourMs + HOUR_MS } : window;
}

/** Mean over the hours, weighted by samples. */
export function meanPercent(hours: readonly GpuHour[]): number {
  const samples = hours.reduce((sum, hour) => sum + hour.samples, 0);
  return samples > 0 ? hours.reduce((sum, hour) => sum + hour.meanPercent * hour.samples, 0) / samples : 0;
}
