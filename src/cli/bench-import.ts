import { importSources } from '../bench/import.js';
import { renderSession } from '../bench/reports/terminal.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode } from '../model/errors.js';
import { jsonText } from '../reports/text.js';
import { keepSession, sessionPath, writeSession } from './bench-output.js';
import { openPrices } from './bench-price.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface ImportOptions extends CommonOptions {
  json?: boolean;
  suite: string;
  workload: string;
  label?: string;
  output?: string;
}

/** `sparkfit bench import`: gives the exit code. */
export async function benchImport(
  config: Config,
  sources: readonly string[],
  options: ImportOptions,
  io: Io,
): Promise<ExitCode> {
  const prices = openPrices(config, {});
  try {
    const { suite, workload, label = '' } = options;
    const session = await importSources(sources, { suite, workload, label, priceOf: prices.priceOf, nowMs: io.nowMs });
    const path = sessionPath(session, options.output);
    writeSession(path, session);
    keepSession(config.store, session);
    io.out(options.json ? jsonText(session) : renderSession(session, io));
    io.err(`session: ${path}`);
    return session.runs.every(({ state }) => state === 'ok') ? EXIT.ok : EXIT.incomplete;
  } finally {
    prices.close();
  }
}
