import { DAY_MS } from '../../src/model/window.js';
import type { InstanceRecord, VolumeRecord } from '../../src/store/instances.js';
import { openStore, type Store } from '../../src/store/open.js';
import { putVolumePrices } from '../../src/store/prices.js';
import { collected } from './fixture.js';

export const UNTIL = Date.parse('2021-05-31T00:00:00Z');
export const WINDOW = { sinceMs: UNTIL - 14 * DAY_MS, untilMs: UNTIL };

/** A store whose AWS account was read, with the price of gp3: 0.08 USD per GiB and month. */
export function accountStore(): Store {
  const store = openStore(':memory:');
  collected(store, WINDOW, ['aws-instances']);
  const price = { region: 'us-east-1', source: 'list', asOfMs: 0 };
  putVolumePrices(store.db, [{ ...price, volumeType: 'gp3', usdPerGibMonth: 0.08 }]);
  return store;
}

export function volume(part: Partial<VolumeRecord> & { days?: number } = {}): VolumeRecord {
  const { days = 90, ...record } = part;
  return {
    region: 'us-east-1',
    id: 'vol-1',
    zone: 'us-east-1c',
    state: 'available',
    tags: {},
    volumeType: 'gp3',
    sizeGib: 1000,
    attachedTo: null,
    encrypted: true,
    createdMs: UNTIL - days * DAY_MS,
    ...record,
  };
}

export function instance(part: Partial<InstanceRecord> & { days?: number } = {}): InstanceRecord {
  const { days = 61, ...record } = part;
  return {
    region: 'us-east-1',
    id: 'i-1',
    instanceType: 'm5.4xlarge',
    zone: 'us-east-1b',
    lifecycle: 'on-demand',
    state: 'stopped',
    launchedMs: UNTIL - days * DAY_MS,
    tags: {},
    volumes: ['vol-1'],
    ...record,
  };
}
