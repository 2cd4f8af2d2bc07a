import type { Config } from '../../../config/schema.js';
import { SourceError } from '../../../model/errors.js';
import { getCursor, setCursor } from '../../../store/collections.js';
import { putReservedPrices } from '../../../store/commitments.js';
import { putInstanceTypes, putOnDemandPrices, putVolumePrices } from '../../../store/prices.js';
import { endUnseenOfferings, putOfferings } from '../../../store/spot-market.js';
import type { CollectInput, Collector, CollectResult } from '../../collector.js';
import { eachTarget, regionTargets } from '../accounts.js';
import { collectBill } from '../bill/index.js';
import { collectSheets } from '../bill/sheet.js';
import { checkAws } from '../check.js';
import { toSourceError } from '../errors.js';
import { type Listing, type ListPage, readListings } from '../listing.js';
import { awsIsConfigured } from '../sdk.js';
import { openPricesClient, type PricesClient } from './client.js';
import {
  instanceFilters,
  parseEntry,
  toInstanceType,
  toOffering,
  toOnDemandPrice,
  toReservedPrices,
  toVolumePrice,
  volumeFilters,
} from './map.js';

const ID = 'aws-prices';
const PRODUCTS = 'GetProducts';
const TYPES = 'DescribeInstanceTypes';
const OFFERINGS = 'DescribeInstanceTypeOfferings';
const ANY_CLUSTER = '';

interface Part {
  name: string;
  operation: string;
  pages: Listing['pages'];
  /** Stores the items; gives how many rows they are. */
  put(items: readonly unknown[]): number;
}

/** A list whose next token is kept with each page, so that a run that was killed goes on there. */
function listingOf(input: CollectInput, region: string, part: Part): Listing {
  const { db } = input.store;
  const key = `${region}|${part.name}`;
  const store = db.transaction((page: ListPage): number => {
    setCursor(db, ID, ANY_CLUSTER, key, page.nextToken ?? '');
    return part.put(page.items);
  });
  return {
    name: part.name,
    operation: part.operation,
    window: input.window,
    startToken: getCursor(db, ID, ANY_CLUSTER, key) || undefined,
    pages: part.pages,
    store,
  };
}

const known = <T>(value: T | undefined): value is T => value !== undefined;

function productParts({ config, store, window }: CollectInput, client: PricesClient): Part[] {
  const kinds = ['shared', 'bare-metal'] as const;
  return config.aws.products.flatMap((product) =>
    kinds.flatMap((kind): Part[] => {
      const filters = instanceFilters(client.region, product, kind);
      if (!filters) return [];
      return [
        {
          name: `on-demand prices of ${product}, ${kind === 'shared' ? 'shared machines' : 'bare metal'}`,
          operation: PRODUCTS,
          pages: (token) => client.products(filters, token),
          put(items) {
            const entries = items.map(parseEntry).filter(known);
            const priced = entries.flatMap((entry) => {
              const price = toOnDemandPrice(entry, product, filters, window.untilMs);
              return price ? [{ entry, price }] : [];
            });
            putOnDemandPrices(
              store.db,
              priced.map(({ price }) => price),
            );
            putReservedPrices(
              store.db,
              priced.flatMap(({ entry, price }) => toReservedPrices(entry, price)),
            );
            return priced.length;
          },
        },
      ];
    }),
  );
}

function volumePart({ store, window }: CollectInput, client: PricesClient): Part {
  const filters = volumeFilters(client.region);
  return {
    name: 'EBS prices',
    operation: PRODUCTS,
    pages: (token) => client.products(filters, token),
    put(items) {
      const entries = items.map(parseEntry).filter(known);
      const prices = entries.map((entry) => toVolumePrice(entry, filters, window.untilMs)).filter(known);
      putVolumePrices(store.db, prices);
      return prices.length;
    },
  };
}

function typePart({ store }: CollectInput, client: PricesClient): Part {
  return {
    name: 'instance types',
    operation: TYPES,
    pages: (token) => client.instanceTypes(token),
    put(items) {
      const types = items.map(toInstanceType).filter(known);
      putInstanceTypes(store.db, types);
      return types.length;
    },
  };
}

/** Read whole each time: what is in the list no more is not offered any more. */
function offeringListing({ store, window }: CollectInput, client: PricesClient): Listing {
  const { db } = store;
  const put = db.transaction((items: readonly unknown[]): number => {
    const offerings = items.map((item) => toOffering(item, client.region)).filter(known);
    putOfferings(db, offerings, window.untilMs);
    return offerings.length;
  });
  return {
    name: 'types offered by zone',
    operation: OFFERINGS,
    window,
    pages: client.offerings,
    store: ({ items }) => put(items),
  };
}

async function collectList(input: CollectInput): Promise<CollectResult> {
  const client = await openPricesClient(input.config).catch((error: unknown) => {
    throw toSourceError(ID, PRODUCTS, error);
  });
  try {
    const parts = [...productParts(input, client), volumePart(input, client), typePart(input, client)];
    const offerings = offeringListing(input, client);
    const listings = [...parts.map((part) => listingOf(input, client.region, part)), offerings];
    const { rows, gaps, complete } = await readListings(ID, listings, input);
    const { store, window } = input;
    if (complete.has(offerings)) endUnseenOfferings(store.db, client.region, window.untilMs);
    return {
      rows,
      gaps,
      detail: `${rows.toLocaleString('en-US')} prices, instance types and offerings of ${client.region}`,
    };
  } finally {
    client.close();
  }
}

/** The list may fail where a sheet or the bill still says what is paid. */
async function listOrGap(input: CollectInput): Promise<CollectResult> {
  try {
    return await eachTarget(input, regionTargets(input.config), collectList);
  } catch (error) {
    if (!(error instanceof SourceError) || !hasOwnPrices(input.config)) throw error;
    const why = [error.message, error.hint].filter(Boolean).join('. ');
    return { rows: 0, gaps: [{ ...input.window, why }], detail: 'price list not read' };
  }
}

function hasOwnPrices({ aws }: Config): boolean {
  return aws.priceSheets.length > 0 || aws.bill !== '';
}

/** The list, then what is really paid: a sheet is checked against the list. */
async function collect(input: CollectInput): Promise<CollectResult> {
  const { config } = input;
  const results = [
    ...(awsIsConfigured(config) ? [await listOrGap(input)] : []),
    ...(config.aws.priceSheets.length > 0 ? [collectSheets(input)] : []),
    ...(config.aws.bill !== '' ? [await collectBill(input)] : []),
  ];
  return {
    rows: results.reduce((sum, { rows }) => sum + rows, 0),
    gaps: results.flatMap(({ gaps }) => gaps),
    detail: results.map(({ detail }) => detail).join('; '),
  };
}

/** On-demand and volume prices, what each instance type has, price sheets, the bill. */
export const awsPrices: Collector = {
  id: ID,
  title: 'AWS price list',
  lostWithout: 'what on-demand nodes and volumes cost, and every saving in dollars that rests on it',
  isConfigured: (config) => awsIsConfigured(config) || hasOwnPrices(config),
  check: (config) =>
    checkAws(ID, PRODUCTS, config, async () => {
      const client = await openPricesClient(config);
      try {
        for await (const _page of client.products(volumeFilters(client.region), undefined, 1)) break;
        return `price list for ${client.region} can be read`;
      } finally {
        client.close();
      }
    }),
  collect,
};
