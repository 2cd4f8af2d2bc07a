import type { ArtifactInput } from '../analyzers/rule.js';
import { formatTime, HOUR_MS, HOURS_PER_MONTH } from '../model/window.js';
import { type ReservedPrice, reservedPrices } from '../store/commitments.js';
import { coveredHours, type NodeRow, nodeRows } from '../store/node-usage.js';
import { lifecycleOf } from './node-hours.js';
import { DEFAULT_PRODUCT, type PriceBook, priceBook } from './price-book.js';

/** What on-demand nodes of a type would cost as Reserved Instances. A comparison: past use does not promise next year's. */
export interface CommitmentRow {
  region: string;
  type: string;
  years: number;
  offeringClass: string;
  payment: string;
  /** Up front spread over the term. */
  reservedUsdPerHour: number;
  upfrontUsd: number;
  onDemandUsdPerHour: number;
  /** Share of the hours above which a Reserved Instance costs less, in per cent. */
  breakEvenPercent: number;
  /** On-demand nodes at once, at most. */
  nodes: number;
  /** How many of them, one beside the other, ran for more than that. */
  wouldPay: number;
  /** What these would have saved. */
  usdPerMonth: number;
  source: string;
  asOf: string;
}

/** In how many of the hours at least 1, 2, 3 … nodes were there, as a share of all hours. */
function sharesByCount(nodes: readonly NodeRow[], hours: readonly number[]): number[] {
  const atLeast: number[] = [];
  for (const hourMs of hours) {
    const there = nodes.filter(
      ({ aliveFromMs, aliveUntilMs }) => aliveFromMs < hourMs + HOUR_MS && aliveUntilMs > hourMs,
    ).length;
    for (let i = 0; i < there; i++) atLeast[i] = (atLeast[i] ?? 0) + 1;
  }
  return atLeast.map((count) => count / hours.length);
}

function rowOf(price: ReservedPrice, shares: readonly number[], book: PriceBook): CommitmentRow[] {
  const { region, instanceType, years, offeringClass, payment, usdPerHour, upfrontUsd, source, asOfMs } = price;
  // Against the list: what the bill says may have a commitment in it already.
  const onDemand = book.listPrice(region, instanceType)?.usd;
  if (onDemand === undefined || onDemand <= 0) return [];
  const breakEven = usdPerHour / onDemand;
  const paying = shares.filter((share) => share > breakEven);
  return [
    {
      region,
      type: instanceType,
      years,
      offeringClass,
      payment,
      reservedUsdPerHour: usdPerHour,
      upfrontUsd,
      onDemandUsdPerHour: onDemand,
      breakEvenPercent: breakEven * 100,
      nodes: shares.length,
      wouldPay: paying.length,
      usdPerMonth: paying.reduce((sum, share) => sum + (share * onDemand - usdPerHour) * HOURS_PER_MONTH, 0),
      source,
      asOf: formatTime(asOfMs),
    },
  ];
}

/** Of every type with on-demand nodes in the window, each term whose price is known, the cheapest first. */
export function commitments({ db, window, get }: ArtifactInput): CommitmentRow[] {
  const hours = coveredHours(db, window);
  if (hours.length === 0) return [];
  const groups = new Map<string, NodeRow[]>();
  for (const node of nodeRows(db)) {
    if (lifecycleOf(node) !== 'on-demand' || !node.region || !node.instanceType) continue;
    const key = `${node.region}|${node.instanceType}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  const book = get(priceBook);
  const shares = new Map([...groups].map(([key, nodes]) => [key, sharesByCount(nodes, hours)]));
  return reservedPrices(db)
    .filter(({ product }) => product === DEFAULT_PRODUCT)
    .flatMap((price) => {
      const own = shares.get(`${price.region}|${price.instanceType}`) ?? [];
      return own.length > 0 ? rowOf(price, own, book) : [];
    });
}
