import { endUnseenInstances, endUnseenVolumes, putInstances, putVolumes } from '../../../store/instances.js';
import type { Db } from '../../../store/open.js';
import { putInterruption, putSpotRequests, type SpotRequest } from '../../../store/spot-market.js';
import type { CollectInput, Collector, CollectResult } from '../../collector.js';
import { awsTargets, eachTarget } from '../accounts.js';
import { checkAws } from '../check.js';
import { toSourceError } from '../errors.js';
import { type Listing, readListings } from '../listing.js';
import { awsIsConfigured } from '../sdk.js';
import { type InstancesClient, openInstancesClient } from './client.js';
import { instanceInterruption, interruptionOf, toInstance, toSpotRequest, toVolume } from './map.js';

const ID = 'aws-instances';
const INSTANCES = 'DescribeInstances';
const VOLUMES = 'DescribeVolumes';
const SPOT_REQUESTS = 'DescribeSpotInstanceRequests';

interface Kind<T> {
  name: string;
  operation: string;
  pages: Listing['pages'];
  map(item: unknown, region: string): T | undefined;
  put(db: Db, rows: readonly T[], seenMs: number): void;
  /** What else the items of a page say. */
  also?(db: Db, items: readonly unknown[], seenMs: number): void;
}

/** What is there at the window's end. No cursor: a list of what exists is one moment's, so it is read whole. */
function listingOf<T>({ store, window }: CollectInput, { region }: InstancesClient, kind: Kind<T>): Listing {
  const { db } = store;
  const put = db.transaction((items: readonly unknown[]): number => {
    const rows = items.map((item) => kind.map(item, region)).filter((row): row is T => row !== undefined);
    kind.put(db, rows, window.untilMs);
    kind.also?.(db, items, window.untilMs);
    return rows.length;
  });
  return {
    name: kind.name,
    operation: kind.operation,
    window,
    pages: kind.pages,
    store: ({ items }) => put(items),
  };
}

/** Requests, and those machines that AWS took back. */
function putRequests(db: Db, requests: readonly Omit<SpotRequest, 'lastSeenMs'>[], seenMs: number): void {
  putSpotRequests(db, requests, seenMs);
  for (const request of requests) {
    const interruption = interruptionOf(request);
    if (interruption) putInterruption(db, interruption);
  }
}

/** What one account and region gave: which of its lists were read to their end. */
interface RegionResult extends CollectResult {
  region: string;
  instancesComplete: boolean;
  volumesComplete: boolean;
}

async function collectRegion(input: CollectInput): Promise<RegionResult> {
  const client = await openInstancesClient(input.config).catch((error: unknown) => {
    throw toSourceError(ID, INSTANCES, error);
  });
  try {
    const instances = listingOf(input, client, {
      name: 'EC2 instances',
      operation: INSTANCES,
      pages: client.instances,
      map: toInstance,
      put: putInstances,
      also(db, items, seenMs) {
        for (const item of items) {
          const interruption = instanceInterruption(item, client.region, seenMs);
          if (interruption) putInterruption(db, interruption);
        }
      },
    });
    const volumes = listingOf(input, client, {
      name: 'EBS volumes',
      operation: VOLUMES,
      pages: client.volumes,
      map: toVolume,
      put: putVolumes,
    });
    const requests = listingOf(input, client, {
      name: 'spot requests',
      operation: SPOT_REQUESTS,
      pages: client.spotRequests,
      map: toSpotRequest,
      put: putRequests,
    });
    const { rows, gaps, complete } = await readListings(ID, [instances, volumes, requests], input);
    return {
      rows,
      gaps,
      detail: `${rows} instances, volumes and spot requests in ${client.region}`,
      region: client.region,
      instancesComplete: complete.has(instances),
      volumesComplete: complete.has(volumes),
    };
  } finally {
    client.close();
  }
}

/**
 * What was there before and is in no complete list has ended: of a region only if the lists of every account were read
 * to their end, since a machine is in one of them.
 */
function endUnseen({ store, window }: CollectInput, results: readonly (RegionResult | undefined)[]): void {
  const { db } = store;
  const known = results.filter((result) => result !== undefined);
  // An account that failed may have a machine in any region.
  if (known.length < results.length) return;
  for (const region of new Set(known.map((result) => result.region))) {
    const own = known.filter((result) => result.region === region);
    if (own.every(({ instancesComplete }) => instancesComplete)) endUnseenInstances(db, region, window.untilMs);
    if (own.every(({ volumesComplete }) => volumesComplete)) endUnseenVolumes(db, region, window.untilMs);
  }
}

async function collect(input: CollectInput): Promise<CollectResult> {
  const { results, ...result } = await eachTarget(input, awsTargets(input.config), collectRegion);
  input.store.db.transaction(() => endUnseen(input, results))();
  return result;
}

/** EC2 instances and EBS volumes of the accounts and regions. */
export const awsInstances: Collector = {
  id: ID,
  title: 'EC2 instances and EBS volumes',
  lostWithout: 'instances and volumes that nobody uses, and whether a node is spot or on-demand',
  isConfigured: awsIsConfigured,
  check: (config) =>
    checkAws(ID, INSTANCES, config, async () => {
      const client = await openInstancesClient(config);
      try {
        for await (const _page of client.instances(undefined, 5)) break;
        return `instances in ${client.region} can be read`;
      } finally {
        client.close();
      }
    }),
  collect,
};
