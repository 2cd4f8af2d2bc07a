import { existsSync } from 'node:fs';
import { artifactInput } from '../analyzers/run.js';
import type { RunPrice } from '../bench/runner.js';
import type { Suite } from '../bench/suite-schema.js';
import type { Config } from '../config/schema.js';
import type { SparkLog } from '../model/spark.js';
import { openPriceBook } from '../pricing/price-book.js';
import { podPrices, runCost } from '../pricing/run-cost.js';
import { openStoreForReading, type Store } from '../store/open.js';

export interface Prices {
  readonly priceOf: RunPrice;
  close(): void;
}

const SECONDS_PER_HOUR = 3600;

/** USD per hour of the suite's machine: its own price, or the price book's. */
function machinePrice(machine: Suite['machine'], store: Store | undefined): number | undefined {
  if (machine?.usdPerHour !== undefined) return machine.usdPerHour;
  if (!machine?.instanceType || !store) return undefined;
  return openPriceBook(store.db).onDemand(machine.region, machine.instanceType)?.usd;
}

function podCost(config: Config, store: Store | undefined, log: SparkLog): number | undefined {
  if (!store) return undefined;
  const window = { sinceMs: log.application.startMs, untilMs: log.application.endMs ?? log.application.lastEventMs };
  return runCost(log, artifactInput(store.db, window, config).get(podPrices))?.usd;
}

/** What a run costs: its pods where they are known, else the time of the suite's machine. Unknown stays unknown. */
export function openPrices(config: Config, suite: Pick<Suite, 'machine'>): Prices {
  const store = existsSync(config.store) ? openStoreForReading(config.store) : undefined;
  const perHour = machinePrice(suite.machine, store);
  return {
    priceOf(seconds, log) {
      const onPods = log && podCost(config, store, log);
      return onPods ?? (perHour === undefined ? undefined : (perHour * seconds) / SECONDS_PER_HOUR);
    },
    close: () => store?.close(),
  };
}
