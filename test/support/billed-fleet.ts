import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { spotWriter } from '../../src/store/spot.js';
import type { CurLine } from './cur.js';
import { Fleet } from './fleet.js';

/** A week of a cluster of three nodes; the bill begins two days earlier and has a machine that is no node. */
export const WEEK = { sinceMs: Date.parse('2021-05-10T00:00:00Z'), untilMs: Date.parse('2021-05-17T00:00:00Z') };
const BILL_SINCE_MS = WEEK.sinceMs - 2 * DAY_MS;
const SPOT_USD = 0.4;

const isoHour = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

/** What an hour of each machine is billed: i-1 under a Savings Plan by day, i-2 on demand, i-3 on spot. */
export function billLines(): CurLine[] {
  const lines: CurLine[] = [];
  for (let ms = BILL_SINCE_MS; ms < WEEK.untilMs; ms += HOUR_MS) {
    const hour = (ms / HOUR_MS) % 24;
    const line = (resource: string, usage: string, unblended: number, part: Partial<CurLine> = {}) =>
      lines.push({ start: isoHour(ms), kind: 'Usage', amount: 1, resource, usage, unblended, ...part });
    const box = 'BoxUsage:m5.2xlarge';
    if (hour >= 8 && hour < 20) line('i-1', box, 0.384, { kind: 'SavingsPlanCoveredUsage', savingsPlan: 0.276 });
    else line('i-1', box, 0.384);
    line('i-2', box, 0.384);
    if (ms < WEEK.sinceMs + DAY_MS) line('i-other', box, 0, { kind: 'DiscountedUsage', reserved: 0.242 });
    line('i-3', 'SpotUsage:r5.4xlarge', ms < WEEK.sinceMs + 3 * DAY_MS ? 0.38 : 0.41);
  }
  return lines;
}

const paid = ({ unblended, savingsPlan, reserved }: CurLine) => savingsPlan ?? reserved ?? unblended;
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/**
 * What "reconciled to the bill" must say, by hand: on-demand nodes at the mean of all their type's lines, the spot
 * node at the recorded spot price, against the bill's lines of the same machines in the week.
 */
export function expectedReconciliation(lines: readonly CurLine[]) {
  const onDemand = lines.filter(({ usage }) => usage.startsWith('BoxUsage'));
  const rate = sum(onDemand.map(paid)) / sum(onDemand.map(({ amount }) => amount));
  const hours = (WEEK.untilMs - WEEK.sinceMs) / HOUR_MS;
  const ownUsd = 2 * hours * rate + hours * SPOT_USD;
  const inWeek = lines.filter(
    ({ start, resource }) => start >= isoHour(WEEK.sinceMs) && ['i-1', 'i-2', 'i-3'].includes(resource),
  );
  const billUsd = sum(inWeek.map(paid));
  return { percent: (ownUsd / billUsd) * 100, ownUsd, billUsd, nodes: 3, days: 7 };
}

/** The cluster as it was measured, with the spot price history. */
export function billedFleet(): Fleet {
  const fleet = new Fleet(WEEK)
    .node('n1', { instanceId: 'i-1' })
    .node('n2', { instanceId: 'i-2' })
    .node('n3', { instanceId: 'i-3', instanceType: 'r5.4xlarge', capacityType: 'spot', cpuCapacityCores: 16 })
    .prices();
  const place = { region: 'us-east-1', zone: 'us-east-1a', zoneId: null, instanceType: 'r5.4xlarge' };
  const days = Array.from({ length: 8 }, (_, day) => WEEK.sinceMs + (day - 1) * DAY_MS);
  fleet.db.transaction(() =>
    spotWriter(fleet.db)(days.map((atMs) => ({ ...place, product: 'Linux/UNIX', atMs, usdPerHour: SPOT_USD }))),
  )();
  return fleet;
}
