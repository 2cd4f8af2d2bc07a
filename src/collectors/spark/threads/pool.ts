import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type LogParser, readGrowingLog } from '../read.js';
import { type Answer, type Question, readOf } from './protocol.js';

const WORKER = new URL('./worker.js', import.meta.url);
/** Each holds the rows of one log; the writer could not follow more of them. */
const MOST_THREADS = 8;

export interface LogThreads {
  /** Logs that are read at once. */
  size: number;
  parse: LogParser;
  /** Ends the threads, whatever they are at. */
  close(): Promise<void>;
}

/** Reading in this thread, one log after the other. */
const NONE: LogThreads = { size: 1, parse: readGrowingLog, close: async () => {} };

/** One answer of a thread; a thread that dies is a bug. */
async function ask(worker: Worker, question: Question): Promise<Answer> {
  const done = new AbortController();
  const options = { signal: done.signal };
  try {
    worker.postMessage(question);
    const [answer] = await Promise.race([
      once(worker, 'message', options),
      once(worker, 'exit', options).then(() => {
        throw new Error('the thread that read the log ended');
      }),
    ]);
    return answer;
  } finally {
    done.abort();
  }
}

/** Threads that read logs, one for each core, as far as there are logs for them. Where they cannot be had, none. */
export function openLogThreads(logs: number, most = availableParallelism()): LogThreads {
  const size = Math.min(logs, most, MOST_THREADS);
  if (size < 2 || !existsSync(fileURLToPath(WORKER))) return NONE;
  const idle: Worker[] = [];
  const all: Worker[] = [];
  const waiting: ((worker: Worker) => void)[] = [];

  const take = async (): Promise<Worker> => {
    const free = idle.pop();
    if (free) return free;
    if (all.length >= size) return new Promise((resolve) => waiting.push(resolve));
    const worker = new Worker(WORKER);
    all.push(worker);
    return worker;
  };
  const giveBack = (worker: Worker) => {
    const next = waiting.shift();
    if (next) next(worker);
    else idle.push(worker);
  };

  return {
    size,
    async parse(path, { signal, state, partial = false } = {}) {
      signal?.throwIfAborted();
      const worker = await take();
      try {
        return readOf(await ask(worker, { path, state, partial }));
      } finally {
        giveBack(worker);
      }
    },
    async close() {
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
