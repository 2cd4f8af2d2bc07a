const FIGURES = ['cpuCores', 'memoryBytes', 'gpus'] as const;
type Figure = (typeof FIGURES)[number];

/** What pods hold, or a node can give. */
export type Load = Readonly<Record<Figure, number>>;

/** A load from its figures, one by one. */
export function loadOf(each: (figure: Figure) => number): Load {
  return { cpuCores: each('cpuCores'), memoryBytes: each('memoryBytes'), gpus: each('gpus') };
}

export const NO_LOAD: Load = loadOf(() => 0);

export const sumOf = (loads: readonly Load[]): Load =>
  loadOf((figure) => loads.reduce((sum, load) => sum + load[figure], 0));

export const most = (a: Load, b: Load): Load => loadOf((figure) => Math.max(a[figure], b[figure]));

export const least = (a: Load, b: Load): Load => loadOf((figure) => Math.min(a[figure], b[figure]));

/** What of `a` is above `b`, no figure below zero. */
export const above = (a: Load, b: Load): Load => loadOf((figure) => Math.max(0, a[figure] - b[figure]));

/** Fractions are added and taken away again. */
const TOLERANCE = 1e-9;

/** Whether there is room for it; what it does not ask for need not be there. */
export const fitsIn = (load: Load, room: Load): boolean =>
  FIGURES.every((figure) => load[figure] <= Math.max(0, room[figure]) + TOLERANCE * Math.max(1, room[figure]));

export const isNothing = (load: Load): boolean => fitsIn(load, NO_LOAD);
