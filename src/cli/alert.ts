import type { Delivery } from '../alerts/deliver.js';
import { enqueueGroups, planFor } from '../alerts/enqueue.js';
import { AlertEvent } from '../alerts/event.js';
import { sinksOf } from '../alerts/sinks/index.js';
import type { Sink } from '../alerts/sinks/sink.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import { deliverAll } from '../nightly/run.js';
import { reportedCluster } from '../reports/build.js';
import { jsonText, shown } from '../reports/text.js';
import { findingRecords, lastNights } from '../store/findings.js';
import { openStore, openStoreForReading, type Store, withStoreErrors } from '../store/open.js';
import { waitingEvents } from '../store/outbox.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface AlertOptions extends CommonOptions {
  dryRun?: boolean;
}

function nightOf(store: Store, config: Config) {
  const cluster = reportedCluster(store.db, config);
  const [night] = lastNights(store.db, cluster, 1);
  return { db: store.db, cluster, atMs: night?.atMs ?? 0, records: findingRecords(store.db, cluster), config };
}

/** What would go to a receiver: what waits, unless something newer would take its place, and what is new. */
function eventsFor(sink: Sink, store: Store, config: Config): AlertEvent[] {
  const news = planFor(sink, nightOf(store, config)).map(({ event }) => event);
  const keys = new Set(news.map(({ key }) => key));
  const waiting = waitingEvents(store.db, sink.id).map(({ event }) => AlertEvent.parse(event));
  return [...waiting.filter(({ key }) => !keys.has(key)), ...news];
}

function dryRun(config: Config, sinks: readonly Sink[], io: Io): ExitCode {
  const store = openStoreForReading(config.store);
  try {
    const posts = withStoreErrors(store.path, () =>
      sinks.flatMap((sink) =>
        eventsFor(sink, store, config).map((event) => {
          const { url, headers, body } = sink.preview(event);
          const parsed: unknown = JSON.parse(body);
          return { sink: sink.id, url, headers, body: parsed };
        }),
      ),
    );
    io.out(jsonText({ schema: 'sparkfit.alert-preview/1', posts }));
    return EXIT.ok;
  } finally {
    store.close();
  }
}

function line({ sent, waiting, held, refused }: Delivery): string {
  return `${sent} sent, ${waiting} waiting, ${held} held by quiet hours, ${refused} refused`;
}

/** `sparkfit alert`: gives the exit code. */
export async function alert(config: Config, options: AlertOptions, io: Io): Promise<ExitCode> {
  const sinks = sinksOf(config, io.environment);
  if (sinks.length === 0)
    throw new UsageError('there is nobody to alert: no receiver is configured', {
      hint: 'Set PAGERDUTY_ROUTING_KEY, or see docs/alerts.md for the others.',
    });
  if (options.dryRun) return dryRun(config, sinks, io);
  // A reader first: a mistyped name must not make a store.
  openStoreForReading(config.store).close();
  const store = openStore(config.store);
  try {
    withStoreErrors(store.path, () => store.db.transaction(() => enqueueGroups(sinks, nightOf(store, config)))());
    const delivery = await deliverAll({ store, config, sinks, signal: io.signal });
    for (const error of delivery.errors) io.err(`sparkfit: ${shown(error)}`);
    io.out(options.json ? jsonText({ schema: 'sparkfit.alert-delivery/1', ...delivery }) : line(delivery));
    return delivery.waiting + delivery.refused > 0 ? EXIT.incomplete : EXIT.ok;
  } finally {
    store.close();
  }
}
