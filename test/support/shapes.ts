/** A source of numbers from 0 to 1 that is the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed (Box and Muller). */
export function gauss(next: () => number): number {
  return Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
}

/** Samples per day, one per 5 minutes. */
const DAY = 288;
type Shape = (next: () => number) => (i: number) => number;

const noisy = (level: number, next: () => number) => level * (1 + 0.1 * gauss(next));
const weekday = (i: number) => Math.floor(i / DAY) % 7 < 5;
const byDay = (i: number, depth: number) => 1 + depth * Math.sin((2 * Math.PI * (i % DAY)) / DAY);

function level(from: number, to: (next: () => number) => number): Shape {
  return (next) => {
    const [at, after] = [(5 + 11 * next()) * DAY, to(next)];
    return (i) => noisy(i < at ? from : after, next);
  };
}

/** Bursts of up to `length` samples that begin with the chance `often`. */
function bursts(often: number, length: number): Shape {
  return (next) => {
    let left = 0;
    return () => {
      if (left > 0) left -= 1;
      else if (next() < often) left = 1 + Math.floor(next() * length);
      return (left > 0 ? 2.3 : 0.3) + 0.05 * gauss(next);
    };
  };
}

/** Loads of the kinds that production shows, in cores. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  noise: (next) => () => 1 + 0.2 * gauss(next),
  'skewed noise': (next) => () => Math.exp(0.6 * gauss(next)),
  'day and night': (next) => (i) => byDay(i, 0.8) + 0.1 * gauss(next),
  'working days': (next) => (i) => noisy(weekday(i) ? 2 : 0.5, next),
  'working days and nights': (next) => (i) => (weekday(i) ? 1.5 : 0.6) * byDay(i, 0.7) + 0.05 * gauss(next),
  'a level up': level(1, (next) => 1.3 + next()),
  'a level down': level(1, (next) => 0.3 + 0.4 * next()),
  'levels now and then': (next) => {
    let now = 1;
    return () => {
      if (next() < 1 / (3 * DAY)) now = 0.3 + 2 * next();
      return noisy(now, next);
    };
  },
  'a rise': (next) => (i) => 1 + (0.08 * i) / DAY + 0.1 * gauss(next),
  'a fall': (next) => (i) => 3 - (0.1 * i) / DAY + 0.1 * gauss(next),
  bursts: bursts(0.01, 9),
  'rare bursts': bursts(0.003, 3),
  'a nightly batch': (next) => (i) => (i % DAY > 24 && i % DAY < 60 ? 2 + 0.2 * gauss(next) : 0.05),
  'a walk': (next) => {
    let now = 1;
    return () => {
      now = Math.max(0.05, now * (1 + 0.01 * gauss(next)));
      return now;
    };
  },
  'a day unlike the other': (next) => {
    let now = 1;
    return (i) => {
      if (i % DAY === 0) now = Math.max(0.05, now * Math.exp(0.3 * gauss(next)));
      return noisy(now, next);
    };
  },
  'heavy tails': (next) => () => 0.2 * (1 - next()) ** (-1 / 2.5),
  'idle with spikes': (next) => () => (next() < 0.02 ? 1.5 * next() : 0.02 + 0.005 * next()),
};

export function samplesOf(shape: Shape, days: number, seed: number): number[] {
  const next = random(seed);
  const at = shape(next);
  return Array.from({ length: days * DAY }, (_, i) => Math.max(0.001, at(i)));
}
