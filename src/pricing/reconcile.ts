import type { ArtifactInput } from '../analyzers/rule.js';
import { billDays } from '../store/bill.js';
import { collectedSources } from '../store/sources.js';
import { spend } from './spend.js';

/** What the nodes cost here against what the bill says of the same machines on the same days. */
export interface Reconciliation {
  /** Ours in per cent of the bill's. */
  percent: number;
  ownUsd: number;
  billUsd: number;
  nodes: number;
  days: number;
}

/** Hours of a day that must be measured for it to be compared; the bill has all 24. */
const WHOLE_DAY = 23.99;
/** A bill by the month has all its hours on one day: that is no day's. */
const DAY_AT_MOST = 24.01;

/** Undefined where the bill names none of the nodes on a day that was measured whole. */
export function reconcile(input: ArtifactInput): Reconciliation | undefined {
  const { db, window, get } = input;
  const there = collectedSources(db);
  if (!there.has('kubernetes') || !there.has('prometheus')) return undefined;
  const billed = new Map(
    billDays(db, window)
      .filter(({ hours }) => hours <= DAY_AT_MOST)
      .map((day) => [`${day.resource}|${day.dayMs}`, day.usd]),
  );
  if (billed.size === 0) return undefined;
  const { nodes, hoursByDay } = get(spend);
  const seen = { nodes: new Set<string>(), days: new Set<number>() };
  let [ownUsd, billUsd] = [0, 0];
  for (const { node, usdByDay } of nodes.values())
    for (const [dayMs, usd] of usdByDay) {
      const bill = billed.get(`${node.instanceId}|${dayMs}`);
      if (bill === undefined || (hoursByDay.get(dayMs) ?? 0) < WHOLE_DAY) continue;
      ownUsd += usd;
      billUsd += bill;
      seen.nodes.add(node.name);
      seen.days.add(dayMs);
    }
  if (billUsd <= 0) return undefined;
  return { percent: (ownUsd / billUsd) * 100, ownUsd, billUsd, nodes: seen.nodes.size, days: seen.days.size };
}
