import { afterEach, beforeEach, vi } from 'vitest';
import type { CollectInput } from '../../../src/collectors/collector.js';
import { Config } from '../../../src/config/schema.js';
import { openStore, type Store } from '../../../src/store/open.js';
import { type AwsServer, startAws } from './server.js';

export const WINDOW = { sinceMs: Date.parse('2021-05-01T00:00:00Z'), untilMs: Date.parse('2021-05-31T00:00:00Z') };

export interface Harness {
  server: AwsServer;
  store: Store;
  abort: AbortController;
  /** What a collector is given; a region, credentials and an endpoint on loopback are in the environment. */
  input(aws?: Partial<Config['aws']>, more?: Partial<CollectInput>): CollectInput;
}

/** A server and a store in memory for each test. */
export function useAws(): Harness {
  const store = { current: openStore(':memory:') };
  const server: { current?: AwsServer } = {};
  const abort = { current: new AbortController() };
  beforeEach(async () => {
    store.current = openStore(':memory:');
    abort.current = new AbortController();
    server.current = await startAws();
    vi.stubEnv('AWS_ENDPOINT_URL', server.current.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    // The SDK's own back-off would make each fault wait; ours is what is tested.
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    store.current.close();
    await server.current?.close();
  });
  return {
    get server() {
      if (!server.current) throw new Error('the server runs only inside a test');
      return server.current;
    },
    get store() {
      return store.current;
    },
    get abort() {
      return abort.current;
    },
    input(aws = {}, more = {}) {
      return {
        config: Config.parse({ aws: { instanceTypes: ['r5.xlarge'], ...aws } }),
        store: store.current,
        window: WINDOW,
        sinceGiven: true,
        cluster: 'test',
        signal: abort.current.signal,
        progress: () => {},
        ...more,
      };
    },
  };
}
