import type { Io } from './io.js';

export interface Progress {
  show(message: string): void;
  clear(): void;
}

const CLEAR = '\r\x1b[2K';
const PLAIN_EVERY_MS = 10_000;

/** One moving line on a terminal's stderr; elsewhere a plain line now and then, so that logs show life. */
export function progressLine(io: Io): Progress {
  if (io.interactive)
    return {
      show: (message) => void process.stderr.write(`${CLEAR}${message.slice(0, io.columns - 1)}`),
      clear: () => void process.stderr.write(CLEAR),
    };
  let last = Date.now();
  return {
    show(message) {
      if (Date.now() - last < PLAIN_EVERY_MS) return;
      last = Date.now();
      io.err(message);
    },
    clear: () => {},
  };
}
