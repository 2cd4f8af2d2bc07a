import type { Environment } from '../config/load.js';

/** Where a command reads its surroundings and writes its words; tests give their own. */
export interface Io {
  readonly environment: Environment;
  /** Results. */
  out(text: string): void;
  /** Progress, warnings, errors. */
  err(text: string): void;
  /** Width of the result's terminal; 100 when it goes to a file or pipe. */
  readonly columns: number;
  /** Whether results may carry colour. */
  readonly color: boolean;
  /** Whether stderr is a terminal that can show a moving line. */
  readonly interactive: boolean;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

const PIPE_COLUMNS = 100;

function wantsColor(environment: Environment, isTerminal: boolean): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR && environment.FORCE_COLOR !== '0') return true;
  return isTerminal && environment.TERM !== 'dumb';
}

/** The real terminal. The first SIGINT aborts `signal`; the second ends the process. */
export function processIo(): Io {
  const abort = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nsparkfit: stopping at the next batch; press Ctrl-C again to stop at once\n');
    abort.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  const columns = Number(process.env.COLUMNS) || process.stdout.columns || PIPE_COLUMNS;
  return {
    environment: process.env,
    out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    err: (text) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    columns: Math.max(40, columns),
    color: wantsColor(process.env, process.stdout.isTTY === true),
    interactive: process.stderr.isTTY === true && !process.env.CI,
    nowMs: Date.now(),
    signal: abort.signal,
  };
}
