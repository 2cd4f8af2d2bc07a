import { artifactInput } from '../analyzers/run.js';
import { unknownWord } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import { formatWindow, type Window } from '../model/window.js';
import { buildCostReport, type CostReport } from '../pricing/cost-report.js';
import { VIEWS, type ViewId } from '../pricing/cost-views.js';
import { renderCost } from '../reports/cost.js';
import { jsonText } from '../reports/text.js';
import { coveredExtent, coveredHours } from '../store/node-usage.js';
import { type Db, openStoreForReading, withStoreErrors } from '../store/open.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';
import { windowOfUse } from './window.js';

export interface CostCommandOptions extends CommonOptions {
  by?: string;
  label?: string;
  top?: string;
}

const SHOWN_ROWS = 20;

function viewOf({ by, label }: CostCommandOptions): ViewId {
  const word = by ?? (label === undefined ? 'namespace' : 'label');
  const view = VIEWS.find((known) => known === word);
  if (!view) throw unknownWord('--by', word, VIEWS);
  if (label !== undefined && view !== 'label')
    throw new UsageError(`--label goes with --by label, not with --by ${view}`, { hint: 'Leave one of them out.' });
  return view;
}

function topOf(text: string | undefined): number {
  const top = text === undefined ? SHOWN_ROWS : Number(text);
  if (Number.isInteger(top) && top > 0) return top;
  throw new UsageError(`--top '${text}' is no number of rows`, { hint: 'Give a whole number from 1.' });
}

/** @throws UsageError if use was never measured, or not in this window. */
function checkCovered(db: Db, window: Window): void {
  if (coveredHours(db, window).length > 0) return;
  const extent = coveredExtent(db);
  if (!extent)
    throw new UsageError('the store holds no measured use, which cost is shared out by', {
      hint: "Run 'sparkfit collect --source kubernetes prometheus' first.",
    });
  throw new UsageError(`no use was measured from ${formatWindow(window)}`, {
    hint: `The store has it from ${formatWindow(extent)}.`,
  });
}

function build(db: Db, config: Config, options: CostCommandOptions, nowMs: number): CostReport {
  const by = viewOf(options);
  const { window, notes } = windowOfUse(db, config, options, nowMs);
  checkCovered(db, window);
  return buildCostReport(artifactInput(db, window, config), {
    by,
    label: options.label ?? config.cost.label,
    timeZone: config.timeZone,
    notes,
  });
}

/** `sparkfit cost`: gives the exit code. */
export function cost(config: Config, options: CostCommandOptions, io: Io): ExitCode {
  viewOf(options);
  const top = topOf(options.top);
  const store = openStoreForReading(config.store);
  try {
    const report = withStoreErrors(store.path, () => build(store.db, config, options, io.nowMs));
    io.out(options.json ? jsonText(report) : renderCost(report, { columns: io.columns, color: io.color, top }));
    return EXIT.ok;
  } finally {
    store.close();
  }
}
