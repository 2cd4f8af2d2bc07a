import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode } from '../model/errors.js';
import { jsonText } from '../reports/text.js';
import { renderSavings } from '../savings/render.js';
import { savingsReport } from '../savings/report.js';
import { openStoreForReading, withStoreErrors } from '../store/open.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

/** `sparkfit savings`: gives the exit code. */
export function savings(config: Config, options: CommonOptions, io: Io): ExitCode {
  const store = openStoreForReading(config.store);
  try {
    const report = withStoreErrors(store.path, () => savingsReport(store.db));
    io.out(options.json ? jsonText(report) : renderSavings(report, io.columns));
    return EXIT.ok;
  } finally {
    store.close();
  }
}
