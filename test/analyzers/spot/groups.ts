import type { Rule } from '../../../src/analyzers/rule.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import { putInstances } from '../../../src/store/instances.js';
import type { Db } from '../../../src/store/open.js';
import { type InstanceType, putInstanceTypes, putOnDemandPrices } from '../../../src/store/prices.js';
import type { SpotRecord } from '../../../src/store/spot.js';
import { putInterruption, putOfferings } from '../../../src/store/spot-market.js';
import { storeWith, WINDOW } from '../../spot/fixture.js';
import { addNodes, collected, evaluate } from '../fixture.js';

/** Price by share of the window gone; undefined: no record. */
export type Course = number | ((share: number) => number | undefined);

/** Daily records of types in us-east-1a, and of other zones where the key is `zone type`. */
export function priced(courses: Record<string, Course>): SpotRecord[] {
  const days = (WINDOW.untilMs - WINDOW.sinceMs) / DAY_MS;
  return Object.entries(courses).flatMap(([key, course]) => {
    const [type = '', zone = 'us-east-1a'] = key.split(' ').reverse();
    return Array.from({ length: days * 4 }, (_, i) => i).flatMap((i) => {
      const usdPerHour = typeof course === 'number' ? course : course(i / (days * 4));
      if (usdPerHour === undefined) return [];
      const atMs = WINDOW.sinceMs + (i * DAY_MS) / 4;
      return [{ region: 'us-east-1', zone, zoneId: null, instanceType: type, product: 'Linux/UNIX', atMs, usdPerHour }];
    });
  });
}

export function shape(name: string, part: Partial<InstanceType> = {}): InstanceType {
  return { name, vcpu: 16, memoryBytes: 128 * GIB, architecture: 'x86_64', gpuCount: 0, gpuName: null, ...part };
}

interface Scene {
  courses: Record<string, Course>;
  types?: readonly InstanceType[];
  instanceType?: string;
  onDemand?: number;
  config?: object;
  /** What is known of the market beside prices. */
  market?: (db: Db) => void;
}

/** One spot node of a type in us-east-1a, all through the window. */
export function judge(
  rule: Rule,
  { courses, types = [], instanceType = 'r5.4xlarge', onDemand, config, market }: Scene,
) {
  const store = storeWith(priced(courses));
  collected(store, WINDOW, ['kubernetes', 'aws-spot']);
  addNodes(store, WINDOW, [{ name: 'n1', instanceType }]);
  putInstanceTypes(store.db, types);
  const price = { region: 'us-east-1', product: 'Linux/UNIX', source: 'list', asOfMs: 0 };
  if (onDemand !== undefined) putOnDemandPrices(store.db, [{ ...price, instanceType, usdPerHour: onDemand }]);
  market?.(store.db);
  return evaluate(store, rule, WINDOW, config);
}

/** Offered: the given `zone type` pairs of us-east-1 and nothing else. */
export const offering =
  (...places: readonly string[]) =>
  (db: Db): void => {
    const rows = places.map((place) => {
      const [zone = '', instanceType = ''] = place.split(' ');
      return { region: 'us-east-1', zone, instanceType };
    });
    putOfferings(db, rows, WINDOW.untilMs);
  };

/** Spot machines of a type that ran for so many days in a zone, of which some were taken back in the end. */
export function ran(
  db: Db,
  instanceType: string,
  zone: string,
  machines: number,
  days: number,
  takenBack: number,
): void {
  const untilMs = WINDOW.sinceMs + days * DAY_MS;
  const place = { region: 'us-east-1', zone, instanceType };
  for (let i = 0; i < machines; i++) {
    const id = `i-${zone}-${instanceType}-${i}`;
    const machine = { ...place, id, lifecycle: 'spot' as const, launchedMs: WINDOW.sinceMs, tags: {}, volumes: [] };
    putInstances(db, [{ ...machine, state: i < takenBack ? 'terminated' : 'running' }], untilMs);
    if (i < takenBack) putInterruption(db, { ...place, machine: id, atMs: untilMs - 1, reason: 'test' });
  }
}
