/** Tasks that become runnable together. */
export interface Batch {
  /** Places of the batches that must have ended. */
  after: number[];
  /** Time from then (or from the start) until the first task can be launched. */
  delayMs: number;
  /** In the order of their launch. */
  taskMs: Float64Array;
  /** Time from the end of the last task until the batch counts as ended. */
  closingMs: number;
}

/** A binary heap of times, the earliest on top, each with the batch that it belongs to. */
class Ends {
  readonly #times: number[] = [];
  readonly #batches: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  get first(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(time: number, batch: number): void {
    let place = this.#times.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((this.#times[parent] ?? 0) <= time) break;
      this.#set(place, this.#times[parent] ?? 0, this.#batches[parent] ?? 0);
      place = parent;
    }
    this.#set(place, time, batch);
  }

  pop(): number {
    const top = this.#batches[0] ?? 0;
    const time = this.#times.pop() ?? 0;
    const batch = this.#batches.pop() ?? 0;
    const size = this.#times.length;
    let place = 0;
    while (size > 0) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && (this.#times[child + 1] ?? 0) < (this.#times[child] ?? 0)) child++;
      if ((this.#times[child] ?? 0) >= time) break;
      this.#set(place, this.#times[child] ?? 0, this.#batches[child] ?? 0);
      place = child;
    }
    if (size > 0) this.#set(place, time, batch);
    return top;
  }

  #set(place: number, time: number, batch: number): void {
    this.#times[place] = time;
    this.#batches[place] = batch;
  }
}

/**
 * Length of the work on `slots` slots: a free slot takes the next task of the first batch that has one, as Spark's
 * FIFO scheduler does (Graham's list scheduling). Batches must name only earlier batches in `after`.
 */
export function lengthOn(slots: number, batches: readonly Batch[]): number {
  const waiting = batches.map(({ after }) => after.length);
  const children = batches.map((): number[] => []);
  batches.forEach(({ after }, i) => {
    for (const parent of after) children[parent]?.push(i);
  });
  const next = new Uint32Array(batches.length);
  const open = new Uint32Array(batches.length);
  const running = new Ends();
  const releases = new Ends();
  const runnable: number[] = [];
  let now = 0;
  let end = 0;

  const release = (batch: number) => releases.push(now + (batches[batch]?.delayMs ?? 0), batch);
  const close = (batch: number) => {
    const closedMs = now + (batches[batch]?.closingMs ?? 0);
    end = Math.max(end, closedMs);
    for (const child of children[batch] ?? []) {
      waiting[child] = (waiting[child] ?? 0) - 1;
      if (waiting[child] === 0) releases.push(closedMs + (batches[child]?.delayMs ?? 0), child);
    }
  };
  const launch = () => {
    while (running.size < slots && runnable.length) {
      const [batch = 0] = runnable;
      const tasks = batches[batch]?.taskMs;
      const task = next[batch] ?? 0;
      running.push(now + (tasks?.[task] ?? 0), batch);
      next[batch] = task + 1;
      if (task + 1 >= (tasks?.length ?? 0)) runnable.shift();
    }
  };

  waiting.forEach((count, batch) => {
    if (count === 0) release(batch);
  });
  while (releases.size || running.size) {
    now = Math.min(releases.first, running.first);
    while (releases.size && releases.first <= now) {
      const batch = releases.pop();
      open[batch] = batches[batch]?.taskMs.length ?? 0;
      if (open[batch] === 0) close(batch);
      else insertSorted(runnable, batch);
    }
    while (running.size && running.first <= now) {
      const batch = running.pop();
      open[batch] = (open[batch] ?? 0) - 1;
      if (open[batch] === 0) close(batch);
    }
    launch();
  }
  return end;
}

function insertSorted(list: number[], value: number): void {
  const place = list.findIndex((other) => other > value);
  list.splice(place < 0 ? list.length : place, 0, value);
}
