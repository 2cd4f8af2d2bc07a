import type { Rule } from '../../src/analyzers/rule.js';
import { artifactInput, evaluateRules } from '../../src/analyzers/run.js';
import { Config } from '../../src/config/schema.js';
import type { Finding } from '../../src/model/finding.js';
import type { SourceId } from '../../src/model/sources.js';
import type { Window } from '../../src/model/window.js';
import { finishRun, startRun } from '../../src/store/collections.js';
import type { Store } from '../../src/store/open.js';

/** Notes that these sources were read. */
export function collected(store: Store, window: Window, sources: readonly SourceId[]): void {
  for (const source of sources) {
    const id = startRun(store.db, source, 'test', window, window.untilMs);
    finishRun(store.db, id, { state: 'ok', rows: 1, detail: '', gaps: [] }, window.untilMs);
  }
}

export interface TestNode {
  name: string;
  instanceType?: string;
  zone?: string;
  capacity?: 'spot' | 'on-demand' | 'unknown';
  instanceId?: string;
}

/** Nodes that were there for the whole window. */
export function addNodes(store: Store, window: Window, nodes: readonly TestNode[]): void {
  const add = store.db.prepare(
    `INSERT INTO node (cluster, name, instance_id, instance_type, region, zone, capacity_type, first_seen_ms, last_seen_ms)
     VALUES ('test', @name, @instanceId, @instanceType, 'us-east-1', @zone, @capacity, @sinceMs, @untilMs)`,
  );
  const defaults = { instanceType: 'r5.4xlarge', zone: 'us-east-1a', capacity: 'spot', instanceId: null };
  for (const node of nodes) add.run({ ...defaults, ...node, ...window });
}

/** Without the package's list prices: what a test does not price has no price. */
export function testConfig(config: object = {}): Config {
  const parsed = Config.parse(config);
  return { ...parsed, aws: { ...parsed.aws, bundledPrices: false } };
}

export function evaluate(store: Store, rule: Rule, window: Window, config: object = {}): Finding[] {
  const input = artifactInput(store.db, window, testConfig(config));
  return evaluateRules({ rules: [rule], input, cluster: 'test' });
}
