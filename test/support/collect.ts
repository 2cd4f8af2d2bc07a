import type { CollectInput } from '../../src/collectors/collector.js';
import { Config } from '../../src/config/schema.js';
import { openStore, type Store } from '../../src/store/open.js';

/** What a collector gets in tests: a store in memory, no limits, a given window. */
export function collectInput(
  config: unknown,
  window: CollectInput['window'],
  store = openStore(':memory:'),
): CollectInput {
  return {
    config: Config.parse(config),
    store,
    window,
    sinceGiven: true,
    cluster: 'test',
    signal: new AbortController().signal,
    progress: () => {},
  };
}

/** Every row of the named tables, to compare two states of a store. */
export function dump(store: Store, tables: readonly string[]): Record<string, unknown[]> {
  return Object.fromEntries(tables.map((table) => [table, store.db.prepare(`SELECT * FROM ${table}`).all()]));
}
