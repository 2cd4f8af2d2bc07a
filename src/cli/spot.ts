import { IANAZone } from 'luxon';
import { familyPlans } from '../analyzers/derived/family-plans.js';
import { offerings } from '../analyzers/derived/offerings.js';
import { spotSeen } from '../analyzers/derived/spot-seen.js';
import { artifactInput } from '../analyzers/run.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import { parseWindow, type Window } from '../model/window.js';
import { renderSpot } from '../spot/render.js';
import { buildSpotReport, SPOT_WINDOW_DAYS, spotWindow } from '../spot/report.js';
import { type Db, openStoreForReading, withStoreErrors } from '../store/open.js';
import { collectedSources } from '../store/sources.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface SpotCommandOptions extends CommonOptions {
  type?: string[];
  product?: string[];
  region?: string;
  timeZone?: string;
}

function timeZoneOf(options: SpotCommandOptions, config: Config): string {
  const timeZone = options.timeZone ?? config.timeZone;
  if (IANAZone.isValidZone(timeZone)) return timeZone;
  throw new UsageError(`--time-zone '${timeZone}' is no time zone`, {
    hint: 'Give an IANA name such as Europe/Berlin or America/New_York.',
  });
}

/** What of the store bears on advice, beside prices. */
function factsOf(db: Db, window: Window, config: Config) {
  const { get } = artifactInput(db, window, config);
  const families = collectedSources(db).has('kubernetes') ? get(familyPlans) : [];
  return { families, seen: get(spotSeen), isOffered: get(offerings) };
}

/** `sparkfit spot`: gives the exit code. */
export function spot(config: Config, options: SpotCommandOptions, io: Io): ExitCode {
  const timeZone = timeZoneOf(options, config);
  const store = openStoreForReading(config.store);
  try {
    const { untilMs } = spotWindow(store.db, io.nowMs);
    // A length given as --since counts from the end of the data, if that is where the window ends.
    const window = parseWindow(options, `${SPOT_WINDOW_DAYS}d`, options.until === undefined ? untilMs : io.nowMs);
    const { type: types, product: products, region } = options;
    const report = withStoreErrors(store.path, () =>
      buildSpotReport(
        store.db,
        { types, products, region, timeZone, window, ...factsOf(store.db, window, config) },
        config,
        io.nowMs,
      ),
    );
    io.out(options.json ? JSON.stringify(report, null, 2) : renderSpot(report, io.columns));
    return EXIT.ok;
  } finally {
    store.close();
  }
}
