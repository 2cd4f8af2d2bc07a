import { DEFAULT_PRODUCT, type Price, priceBook } from '../../pricing/price-book.js';
import { spend } from '../../pricing/spend.js';
import { type Interruptions, openSpotAdvisor } from '../../spot/advisor.js';
import type { SeenSpot } from '../../spot/seen.js';
import { medianOf } from '../../statistics/ranks.js';
import type { NodeRow } from '../../store/node-usage.js';
import { collectedSources } from '../../store/sources.js';
import { spotReader, spotSeries } from '../../store/spot.js';
import { containerRows } from '../../store/workloads.js';
import { type ArtifactInput, defineArtifact } from '../rule.js';
import { offerings } from './offerings.js';
import { type PlacedPod, type SparkPlaces, sparkPlaces } from './spark-places.js';
import type { ZoneSteps } from './spot-groups.js';
import { spotSeen } from './spot-seen.js';

/** A Spark family and the on-demand nodes its executors run on. */
export interface OnDemandExecutors {
  family: SparkPlaces;
  /** Share of executor time on on-demand nodes; null where no node is known. */
  onDemandShare: number | null;
  /** Where most of that time is spent; null if nowhere. */
  place: { instanceType: string; region: string; zones: ZoneSteps[] } | null;
  onDemand: Price | undefined;
  interruptions: Interruptions | undefined;
  /** What was seen here of its type on spot in a zone. */
  seenIn(zone: string): SeenSpot | undefined;
  /** Executors of a run, and hours that one of them lives: medians over runs. */
  width: number;
  runHours: number;
  /** What executors cost on on-demand nodes; null where it is not known. */
  usdPerMonth: number | null;
}

const hoursOf = (pods: readonly PlacedPod[]): number => pods.reduce((sum, { hours }) => sum + hours, 0);

function mainNode(pods: readonly PlacedPod[]): NodeRow | undefined {
  const byType = new Map<string, { node: NodeRow; hours: number }>();
  for (const { on, hours } of pods) {
    if (!on?.instanceType || !on.region) continue;
    const key = `${on.region}|${on.instanceType}`;
    byType.set(key, { node: on, hours: (byType.get(key)?.hours ?? 0) + hours });
  }
  return [...byType.values()].sort((a, b) => b.hours - a.hours)[0]?.node;
}

function runsOf(executors: readonly PlacedPod[]): { width: number; runHours: number } {
  const runs = new Map<string, PlacedPod[]>();
  for (const pod of executors) runs.set(pod.run, [...(runs.get(pod.run) ?? []), pod]);
  const all = [...runs.values()];
  return {
    width: all.length > 0 ? medianOf(all.map((pods) => pods.length)) : 0,
    runHours: all.length > 0 ? medianOf(all.map((pods) => hoursOf(pods) / pods.length)) : 0,
  };
}

/** Executors' part of what the family is charged on on-demand nodes, by requested cores × hours. */
function executorUsd(
  { db, window, get }: ArtifactInput,
  family: SparkPlaces,
  firm: ReadonlySet<string>,
): number | null {
  if (!collectedSources(db).has('prometheus')) return null;
  const { workloads, toMonth } = get(spend);
  const own = workloads.get(family.workloadId);
  if (!own || toMonth === null || own.pricedHours === 0) return null;
  const containers = containerRows(db, family.workloadId, window);
  const coresOf = (role: 'driver' | 'executor') => containers.find((row) => row.role === role)?.cpuRequestCores ?? 1;
  const onFirm = (pods: readonly PlacedPod[]) => hoursOf(pods.filter(({ lifecycle }) => lifecycle === 'on-demand'));
  const [executors, drivers] = [
    onFirm(family.executors) * coresOf('executor'),
    onFirm(family.drivers) * coresOf('driver'),
  ];
  const usd = [...own.byNode].reduce((sum, [node, each]) => sum + (firm.has(node) ? each : 0), 0);
  return executors > 0 ? (usd * toMonth * executors) / (executors + drivers) : 0;
}

/** Spark families with the on-demand nodes of their executors, and what these would cost on spot. */
export const onDemandExecutors = defineArtifact<OnDemandExecutors[]>({
  id: 'on-demand-executors',
  sources: ['kubernetes', 'aws-spot'],
  compute(input) {
    const { db, window, get } = input;
    const book = get(priceBook);
    const advisor = openSpotAdvisor();
    const read = spotReader(db);
    const [isOffered, seen] = [get(offerings), get(spotSeen)];
    return get(sparkPlaces).map((family) => {
      const known = family.executors.filter(({ lifecycle }) => lifecycle !== undefined);
      const firm = known.filter(({ lifecycle }) => lifecycle === 'on-demand');
      const total = hoursOf(known);
      const { instanceType, region } = mainNode(firm) ?? {};
      const place = instanceType && region ? { instanceType, region } : null;
      const series = (place ? spotSeries(db, { ...place, product: DEFAULT_PRODUCT }) : []).filter(({ zone }) =>
        isOffered(place?.region, zone, place?.instanceType ?? ''),
      );
      const names = new Set(
        [...family.executors, ...family.drivers].flatMap(({ lifecycle, on }) =>
          lifecycle === 'on-demand' && on ? [on.name] : [],
        ),
      );
      return {
        family,
        onDemandShare: total > 0 ? hoursOf(firm) / total : null,
        place: place && { ...place, zones: series.map(({ id, zone }) => ({ zone, steps: read(id, window) })) },
        onDemand: place ? book.onDemand(place.region, place.instanceType) : undefined,
        interruptions: place ? advisor(place.region, place.instanceType) : undefined,
        seenIn: (zone) => (place ? seen.in(place.region, place.instanceType, zone) : undefined),
        ...runsOf(family.executors),
        usdPerMonth: executorUsd(input, family, names),
      };
    });
  },
});
