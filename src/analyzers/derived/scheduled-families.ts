import { IANAZone } from 'luxon';
import { z } from 'zod';
import { DAY_MS, HOUR_MS, type Window } from '../../model/window.js';
import { lifecycleOf } from '../../pricing/node-hours.js';
import { DEFAULT_PRODUCT } from '../../pricing/price-book.js';
import { spend } from '../../pricing/spend.js';
import { scheduleZone } from '../../spot/cron.js';
import { SPOT_WINDOW_DAYS } from '../../spot/report.js';
import type { PriceSteps } from '../../spot/step-function.js';
import { medianOf } from '../../statistics/ranks.js';
import { type NodeRow, nodeRows } from '../../store/node-usage.js';
import { type RunPodRow, runPods, scheduleRows } from '../../store/schedules.js';
import { spotReader, spotSeries } from '../../store/spot.js';
import { type ArtifactInput, defineArtifact } from '../rule.js';

/** Where most of a family's spot time is spent, and what it costs there. */
export interface SpotPlace {
  instanceType: string;
  zone: string;
  /** Share of all pod time whose node is known. */
  share: number;
  steps: PriceSteps;
}

/** A Spark application that a schedule starts. */
export interface ScheduledFamily {
  cluster: string;
  namespace: string;
  name: string;
  /** The cron expression; null if the object was not seen. */
  schedule: string | null;
  timeZone: string;
  runs: number;
  /** Median length of a run; null without runs. */
  runHours: number | null;
  /** Share of pod time on spot nodes; null where no node is known. */
  spotShare: number | null;
  place: SpotPlace | null;
  /** The history in which prices are compared. */
  history: Window;
  usdPerMonth: number | null;
}

const Spec = z.object({ schedule: z.string().optional(), timeZone: z.string().optional() });

export function parseSchedule(text: string | null): z.infer<typeof Spec> {
  if (text === null) return {};
  return Spec.safeParse(JSON.parse(text)).data ?? {};
}

/** The operator reads schedules in UTC unless the object or the expression names a zone. */
export function scheduleTimeZone({ schedule, timeZone }: z.infer<typeof Spec>): string {
  const named = (schedule && scheduleZone(schedule)) || timeZone;
  return named && named !== 'Local' && IANAZone.isValidZone(named) ? named : 'UTC';
}

function medianRunHours(pods: readonly RunPodRow[]): { runs: number; runHours: number | null } {
  const runs = new Map<string, Window>();
  for (const { run, startMs, endMs } of pods) {
    const known = runs.get(run);
    const sinceMs = Math.min(known?.sinceMs ?? startMs, startMs);
    runs.set(run, { sinceMs, untilMs: Math.max(known?.untilMs ?? endMs, endMs) });
  }
  const hours = [...runs.values()].map(({ sinceMs, untilMs }) => (untilMs - sinceMs) / HOUR_MS);
  return { runs: runs.size, runHours: hours.length > 0 ? medianOf(hours) : null };
}

interface Place {
  node: NodeRow;
  hours: number;
}

/** Pod time by type and zone, spot apart from the rest. Pods whose node is not known are left out. */
function placesOf(pods: readonly RunPodRow[], nodes: ReadonlyMap<string, NodeRow>) {
  const spot = new Map<string, Place>();
  let knownHours = 0;
  let spotHours = 0;
  for (const pod of pods) {
    const node = pod.node ? nodes.get(pod.node) : undefined;
    const lifecycle = node && lifecycleOf(node);
    if (!node || !lifecycle) continue;
    const hours = Math.max(0, pod.endMs - pod.startMs) / HOUR_MS;
    knownHours += hours;
    if (lifecycle !== 'spot') continue;
    spotHours += hours;
    const key = `${node.instanceType}|${node.zone}`;
    spot.set(key, { node, hours: (spot.get(key)?.hours ?? 0) + hours });
  }
  const main = [...spot.values()].sort((a, b) => b.hours - a.hours)[0];
  return { knownHours, spotShare: knownHours > 0 ? spotHours / knownHours : null, main };
}

function placeIn(db: ArtifactInput['db'], main: Place | undefined, knownHours: number, history: Window) {
  const { instanceType, zone, region } = main?.node ?? {};
  if (!main || !instanceType || !zone) return null;
  const series = spotSeries(db, { instanceType, product: DEFAULT_PRODUCT, region: region ?? undefined });
  const own = series.find((one) => one.zone === zone);
  const steps = own ? spotReader(db)(own.id, history) : { atMs: new Float64Array(), usdPerHour: new Float64Array() };
  return { instanceType, zone, share: main.hours / knownHours, steps };
}

/** Scheduled Spark applications with how long they run, where, and the spot prices there. */
export const scheduledFamilies = defineArtifact<ScheduledFamily[]>({
  id: 'scheduled-families',
  sources: ['kubernetes', 'aws-spot'],
  compute({ db, window, get }) {
    const { workloads, toMonth } = get(spend);
    const history = { sinceMs: window.untilMs - SPOT_WINDOW_DAYS * DAY_MS, untilMs: window.untilMs };
    const nodes = nodeRows(db);
    return scheduleRows(db).map(({ id, cluster, namespace, name, spec }) => {
      const parsed = parseSchedule(spec);
      const pods = runPods(db, id, window);
      const byName = new Map(nodes.filter((node) => node.cluster === cluster).map((node) => [node.name, node]));
      const { knownHours, spotShare, main } = placesOf(pods, byName);
      const own = workloads.get(id);
      const priced = own && toMonth !== null && own.pricedHours > 0;
      return {
        cluster,
        namespace,
        name,
        schedule: parsed.schedule ?? null,
        timeZone: scheduleTimeZone(parsed),
        ...medianRunHours(pods),
        spotShare,
        place: placeIn(db, main, knownHours, history),
        history,
        usdPerMonth: priced ? own.usd * toMonth : null,
      };
    });
  },
});
