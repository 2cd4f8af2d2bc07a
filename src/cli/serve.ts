import type { Config } from '../config/schema.js';
import { EXIT, messageOf, UsageError } from '../model/errors.js';
import { plain } from '../reports/text.js';
import { checkToken } from '../serve/access.js';
import { ReportFolder } from '../serve/reports.js';
import { startServing } from '../serve/server.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface ServeOptions extends CommonOptions {
  host?: string;
  port?: string;
  output?: string;
}

function portOf(word: string | undefined, fallback: number): number {
  if (word === undefined) return fallback;
  const port = Number(word);
  if (!/^\d+$/.test(word) || port > 65_535)
    throw new UsageError(`--port '${word}' is no port`, { hint: 'Give a number from 0 to 65535.' });
  return port;
}

/** `sparkfit serve`: serves until SIGINT; gives the exit code. */
export async function serve(config: Config, options: ServeOptions, io: Io): Promise<number> {
  const host = options.host ?? config.serve.host;
  const port = portOf(options.port, config.serve.port);
  const token = io.environment.SPARKFIT_SERVE_TOKEN || undefined;
  checkToken(host, token);
  const folder = options.output ?? config.report.folder;
  const log = (line: string) => io.err(`sparkfit: ${plain(line)}`);
  const input = { host, port, token, reports: new ReportFolder(folder), store: config.store, log };
  const server = await startServing(input).catch((error: unknown) => {
    throw new UsageError(`cannot listen on ${host} port ${port}: ${messageOf(error)}`, {
      hint: 'Choose another --port, or end what listens there.',
    });
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  io.out(`Serving ${folder} on http://${host.includes(':') ? `[${host}]` : host}:${bound}/ (Ctrl-C ends it)`);
  await new Promise<void>((resolve) => {
    const stop = () => {
      server.close(() => resolve());
      server.closeAllConnections();
    };
    if (io.signal.aborted) stop();
    else io.signal.addEventListener('abort', stop, { once: true });
  });
  return EXIT.ok;
}
