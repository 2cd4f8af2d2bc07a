import { run } from '../../src/cli/run.js';
import type { Environment } from '../../src/config/load.js';

export interface Outcome {
  exitCode: number;
  out: string;
  err: string;
}

/** Runs one command line as a user would, with its words caught. No environment but the given. */
export async function sparkfit(
  argv: readonly string[],
  {
    environment = {},
    nowMs = Date.parse('2021-06-20T00:00:00Z'),
    columns = 100,
  }: { environment?: Environment; nowMs?: number; columns?: number } = {},
): Promise<Outcome> {
  const said = { out: '', err: '' };
  const exitCode = await run(argv, {
    environment,
    out: (text) => {
      said.out += text.endsWith('\n') ? text : `${text}\n`;
    },
    err: (text) => {
      said.err += text.endsWith('\n') ? text : `${text}\n`;
    },
    columns,
    color: false,
    interactive: false,
    nowMs,
    signal: new AbortController().signal,
  });
  return { exitCode, ...said };
}
