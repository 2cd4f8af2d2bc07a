import { DAY_MS, type Window } from '../../../model/window.js';
import { getCursor, setCursor } from '../../../store/collections.js';
import { instanceTypesInUse } from '../../../store/instances.js';
import type { Db } from '../../../store/open.js';
import { spotWriter } from '../../../store/spot.js';
import type { CollectInput, Collector, CollectResult } from '../../collector.js';
import { eachTarget, regionTargets } from '../accounts.js';
import { checkAws } from '../check.js';
import { toSourceError } from '../errors.js';
import { type Listing, readListings } from '../listing.js';
import { awsIsConfigured } from '../sdk.js';
import { openSpotClient, type SpotClient } from './client.js';
import { afterPage, missingRanges, toSpotRecord } from './map.js';
import { SpotCursor } from './schema.js';

const ID = 'aws-spot';
const OPERATION = 'DescribeSpotPriceHistory';
/** Prices belong to an account and region, not to a cluster. */
const ANY_CLUSTER = '';
const ALL_TYPES = '*';

const NOTHING_YET: SpotCursor = { covered: null, pending: null };

function readCursor(db: Db, key: string): SpotCursor {
  const text = getCursor(db, ID, ANY_CLUSTER, key);
  return text === undefined ? NOTHING_YET : SpotCursor.parse(JSON.parse(text));
}

interface Series {
  instanceType: string;
  product: string;
}

/** What should be known: as told, or the history that AWS keeps; only what is missing of it is read. */
function wantedWindow({ sinceGiven, window, config }: CollectInput): Window {
  if (sinceGiven) return window;
  return { sinceMs: window.untilMs - config.aws.spotHistoryDays * DAY_MS, untilMs: window.untilMs };
}

/** Lists that are still to be read of one type and product: an unfinished one first, then what it leaves open. */
function listingsOf(input: CollectInput, client: SpotClient, { instanceType, product }: Series): Listing[] {
  const { db } = input.store;
  const key = `${client.region}|${product}|${instanceType}`;
  const name = `spot prices of ${instanceType === ALL_TYPES ? 'all types' : instanceType}, ${product}`;
  const write = spotWriter(db);
  const cursor = readCursor(db, key);

  function listing(range: Window, startToken?: string): Listing {
    const query = { instanceType: instanceType === ALL_TYPES ? undefined : instanceType, product, range };
    const store = db.transaction((items: readonly unknown[], nextToken: string | undefined): number => {
      const records = items.map((item) => toSpotRecord(item, client.region)).filter((record) => record !== undefined);
      const { covered } = readCursor(db, key);
      setCursor(db, ID, ANY_CLUSTER, key, JSON.stringify(afterPage(covered, range, nextToken)));
      return write(records);
    });
    return {
      name,
      operation: OPERATION,
      window: range,
      startToken,
      pages: (token) => client.pages(query, token),
      store: ({ items, nextToken }) => store(items, nextToken),
    };
  }

  const { pending } = cursor;
  const covered = pending ? afterPage(cursor.covered, pending.range, undefined).covered : cursor.covered;
  const listings = pending ? [listing(pending.range, pending.token)] : [];
  for (const range of missingRanges(covered, wantedWindow(input))) {
    const after = listings.at(-1);
    listings.push({ ...listing(range), after });
  }
  return listings;
}

function wantedTypes({ config, store }: CollectInput, region: string): string[] {
  if (config.aws.instanceTypes.length > 0) return config.aws.instanceTypes;
  const inUse = instanceTypesInUse(store.db, region);
  return inUse.length > 0 ? inUse : [ALL_TYPES];
}

async function collectRegion(input: CollectInput): Promise<CollectResult> {
  const client = await openSpotClient(input.config).catch((error: unknown) => {
    throw toSourceError(ID, OPERATION, error);
  });
  try {
    const types = wantedTypes(input, client.region);
    const series = input.config.aws.products.flatMap((product) =>
      types.map((instanceType) => ({ instanceType, product })),
    );
    const listings = series.flatMap((one) => listingsOf(input, client, one));
    const { rows, gaps } = await readListings(ID, listings, input);
    const what = types[0] === ALL_TYPES ? 'all types' : `${types.length} ${types.length === 1 ? 'type' : 'types'}`;
    return { rows, gaps, detail: `${rows.toLocaleString('en-US')} new price records of ${what} in ${client.region}` };
  } finally {
    client.close();
  }
}

/** Prices are those of a region, whoever asks; zone names are those of the first account. */
function collect(input: CollectInput): Promise<CollectResult> {
  return eachTarget(input, regionTargets(input.config), collectRegion);
}

/** Spot price history: change points per zone, type and product. */
export const awsSpot: Collector = {
  id: ID,
  title: 'AWS spot price history',
  lostWithout: 'what spot nodes cost, and which zone or hour is cheaper',
  isConfigured: awsIsConfigured,
  check: (config) =>
    checkAws(ID, OPERATION, config, async () => {
      const client = await openSpotClient(config);
      const nowMs = Date.now();
      const query = {
        instanceType: 'm5.large',
        product: config.aws.products[0] ?? 'Linux/UNIX',
        range: { sinceMs: nowMs - DAY_MS, untilMs: nowMs },
      };
      try {
        for await (const _page of client.pages(query, undefined, 5)) break;
        return `spot price history of ${client.region} can be read`;
      } finally {
        client.close();
      }
    }),
  collect,
};
