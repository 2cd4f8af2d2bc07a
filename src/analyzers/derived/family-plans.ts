import type { Patch, Subject } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { HOUR_MS, HOURS_PER_MONTH, type Window, windowHours } from '../../model/window.js';
import { DEFAULT_PRODUCT, priceBook } from '../../pricing/price-book.js';
import { type Interruptions, openSpotAdvisor } from '../../spot/advisor.js';
import { dailySchedule } from '../../spot/cron.js';
import { type Planned, planAdvice, planFamily } from '../../spot/family-plan.js';
import type { PlanOption, RunWork, Today } from '../../spot/plan-cost.js';
import { ratePerNodeHour, type SeenSpot } from '../../spot/seen.js';
import { relativeWork, sameShape } from '../../spot/shape.js';
import { medianOf } from '../../statistics/ranks.js';
import { coveredHours } from '../../store/node-usage.js';
import { type InstanceType, instanceTypes } from '../../store/prices.js';
import { scheduleRows, spotTaints } from '../../store/schedules.js';
import { listSparkApplications, readSparkLog } from '../../store/spark.js';
import { spotReader, spotSeries } from '../../store/spot.js';
import { containerRows } from '../../store/workloads.js';
import { type ArtifactInput, defineArtifact } from '../rule.js';
import { planPatches } from './family-plan-patch.js';
import { offerings } from './offerings.js';
import { parseSchedule, scheduleTimeZone } from './scheduled-families.js';
import { lossesOf, redoneWork } from './spark-losses.js';
import { type PlacedPod, type SparkPlaces, sparkPlaces } from './spark-places.js';
import { workersOf } from './spark-run.js';
import { spotSeen } from './spot-seen.js';

/** A core of AMD is taken to do so much of another's work; as in spot/cheaper-type. */
const AMD_WORK = 0.9;
/** Node-hours done again for each interruption where no log tells; half a run at most. As in spot/candidate. */
const DEFAULT_REDONE_NODE_HOURS = 0.5;
/** Event logs of a family that are read for what losses had done again. */
const LOGS_READ = 10;

/** Least history for advice (RULES.md): runs of a batch, or hours of what runs on. */
const LEAST_RUNS = 3;
const LEAST_HOURS = 72;

/** The plan of one Spark family, or why there is none. */
export interface FamilyPlan {
  subject: Subject;
  timeZone: string;
  runs: number;
  runsPerMonth: number;
  work: RunWork | null;
  /** Where `work.redoneNodeHours` comes from. */
  redoneFrom: string;
  today: Today | null;
  plan: Planned | null;
  /** What was seen here of the plan's type in its zone, and what the Spot Advisor says of it; null: no plan. */
  capacity: { seen: SeenSpot | undefined; advisor: Interruptions | undefined } | null;
  savingUsdPerMonth: number | null;
  advice: 'move' | 'stay' | 'unknown';
  /** The reason in one sentence. */
  why: string;
  patches: Patch[];
}

const hoursOf = (pods: readonly PlacedPod[]): number => pods.reduce((sum, { hours }) => sum + hours, 0);

interface Place {
  type: string;
  zone: string | null;
  region: string;
  lifecycle: 'on-demand' | 'spot';
}

/** Where most executor time is spent. */
function mainPlace(executors: readonly PlacedPod[]): Place | undefined {
  const places = new Map<string, { place: Place; hours: number }>();
  for (const { on, lifecycle, hours } of executors) {
    if (!on?.instanceType || !on.region || !lifecycle) continue;
    const zone = lifecycle === 'spot' ? on.zone : null;
    const key = `${on.region}|${on.instanceType}|${lifecycle}|${zone}`;
    const place = { type: on.instanceType, zone, region: on.region, lifecycle };
    places.set(key, { place, hours: (places.get(key)?.hours ?? 0) + hours });
  }
  return [...places.values()].sort((a, b) => b.hours - a.hours)[0]?.place;
}

function byRun(pods: readonly PlacedPod[]): PlacedPod[][] {
  const runs = new Map<string, PlacedPod[]>();
  for (const pod of pods) runs.set(pod.run, [...(runs.get(pod.run) ?? []), pod]);
  return [...runs.values()];
}

/** The part of a node that an executor takes: the larger one of cores and memory. Undefined without requests or shape. */
function nodeShare({ db, window }: ArtifactInput, workloadId: number, type: InstanceType | undefined) {
  const own = containerRows(db, workloadId, window).filter(({ role }) => role === 'executor');
  const pod = own[0]?.pod;
  const containers = own.filter((container) => container.pod === pod);
  const cores = containers.reduce((sum, { cpuRequestCores }) => sum + (cpuRequestCores ?? 0), 0);
  const bytes = containers.reduce((sum, { memoryRequestBytes }) => sum + (memoryRequestBytes ?? 0), 0);
  if (!type || cores + bytes === 0) return undefined;
  return Math.min(1, Math.max(cores / type.vcpu, bytes / GIB / (type.memoryBytes / GIB)));
}

/** Node-hours that each executor loss had done again, from the family's newest event logs. */
function measuredRedone({ db, window }: ArtifactInput, { subject }: SparkPlaces, nodesPerExecutor: number) {
  const own = listSparkApplications(db, subject.cluster ?? '', window).filter(
    ({ application: { family, namespace } }) =>
      family === subject.name && (namespace === null || namespace === subject.namespace),
  );
  let [hours, losses] = [0, 0];
  for (const { key } of own.slice(-LOGS_READ)) {
    const log = readSparkLog(db, key);
    const slots = medianOf(workersOf(log).map(({ cores }) => cores)) || 1;
    losses += lossesOf(log).filter((loss) => loss.cameUp).length;
    hours += (redoneWork(log).taskMs / HOUR_MS / slots) * nodesPerExecutor;
  }
  return losses > 0 ? hours / losses : undefined;
}

function workOf(input: ArtifactInput, family: SparkPlaces, type: InstanceType | undefined) {
  const runs = byRun(family.executors);
  const hours = medianOf(runs.map((pods) => hoursOf(pods) / pods.length));
  const width = medianOf(runs.map((pods) => pods.length));
  const atRisk = medianOf(runs.map((pods) => new Set(pods.map(({ on }) => on?.name)).size));
  const share = nodeShare(input, family.workloadId, type) ?? atRisk / width;
  const measured = measuredRedone(input, family, share);
  const work: RunWork = {
    hours,
    nodes: width * share,
    nodesAtRisk: atRisk,
    redoneNodeHours: measured ?? Math.min(DEFAULT_REDONE_NODE_HOURS, hours / 2),
  };
  return { work, redoneFrom: measured === undefined ? 'assumed: half a node-hour, half a run at most' : 'event logs' };
}

function optionsOf(input: ArtifactInput, { region, type }: Place, types: readonly InstanceType[]): PlanOption[] {
  const { db, window, get } = input;
  const [seen, isOffered] = [get(spotSeen), get(offerings)];
  const advisor = openSpotAdvisor();
  const read = spotReader(db);
  const wanted = new Set([type, ...sameShape(type, types)]);
  return spotSeries(db, { region, product: DEFAULT_PRODUCT })
    .filter(({ instanceType }) => wanted.has(instanceType))
    .map(({ id, instanceType, zone }) => ({
      type: instanceType,
      zone,
      steps: read(id, window),
      perNodeHour: ratePerNodeHour(seen.in(region, instanceType, zone), advisor(region, instanceType)),
      offered: isOffered(region, zone, instanceType),
      work: relativeWork(type, instanceType, AMD_WORK),
    }));
}

function todayOf(input: ArtifactInput, place: Place, startHour: number | null): Today | undefined {
  const { type, zone, region, lifecycle } = place;
  if (lifecycle === 'spot') return zone === null ? undefined : { lifecycle, type, zone, startHour };
  const price = input.get(priceBook).onDemand(region, type);
  return price && { lifecycle, type, startHour, usdPerHour: price.usd };
}

function planOne(
  input: ArtifactInput,
  family: SparkPlaces,
  types: readonly InstanceType[],
  window: Window,
): FamilyPlan {
  const { db } = input;
  const { subject, runs, executors } = family;
  const row = family.scheduled ? scheduleRows(db).find(({ id }) => id === family.workloadId) : undefined;
  const spec = parseSchedule(row?.spec ?? null);
  const schedule = spec.schedule ?? null;
  const timeZone = row ? scheduleTimeZone(spec) : input.config.timeZone;
  const startHour = schedule === null ? null : (dailySchedule(schedule)?.hour ?? null);
  // Pods are known for the hours that were measured, prices for longer.
  const seenHours = coveredHours(db, window).length || windowHours(window);
  const runsPerMonth = (runs / seenHours) * HOURS_PER_MONTH;
  const none = (why: string): FamilyPlan => ({
    subject,
    timeZone,
    runs,
    runsPerMonth,
    work: null,
    redoneFrom: '',
    today: null,
    plan: null,
    capacity: null,
    savingUsdPerMonth: null,
    advice: 'unknown',
    why,
    patches: [],
  });
  const place = mainPlace(executors);
  if (!place) return none('the nodes that its executors ran on are not known');
  const today = todayOf(input, place, startHour);
  if (!today) return none(`the price of ${place.type} on demand is not known`);
  const { work, redoneFrom } = workOf(
    input,
    family,
    types.find(({ name }) => name === place.type),
  );
  if (work.hours <= 0) return none('its executors lived for no measured time');
  const plan = planFamily({ options: optionsOf(input, place, types), work, today, window, timeZone });
  if (!plan)
    return { ...none(`spot prices or interruptions of ${place.type} and types like it are not known`), work, today };
  const isKnown = runs >= LEAST_RUNS || runs * work.hours >= LEAST_HOURS;
  const why = `insufficient data: ${runs} of ${LEAST_RUNS} runs were seen`;
  const advice = isKnown ? planAdvice(plan) : { advice: 'unknown' as const, why };
  const patches =
    advice.advice === 'move'
      ? planPatches({ family, best: plan.best, schedule, taints: spotTaints(db, subject.cluster ?? '') })
      : [];
  const { type: bestType, zone: bestZone } = plan.best;
  const capacity = {
    seen: input.get(spotSeen).in(place.region, bestType, bestZone),
    advisor: openSpotAdvisor()(place.region, bestType),
  };
  const savingUsdPerMonth = (plan.todayUsdPerRun - plan.best.usdPerRun) * runsPerMonth;
  return { ...none(''), ...advice, work, redoneFrom, today, plan, capacity, savingUsdPerMonth, patches };
}

/** Where and when each Spark family of the window is best run on spot. */
export const familyPlans = defineArtifact<FamilyPlan[]>({
  id: 'family-plans',
  sources: ['kubernetes', 'aws-spot'],
  compute(input) {
    const types = instanceTypes(input.db);
    return input
      .get(sparkPlaces)
      .filter(({ executors }) => executors.length > 0)
      .map((family) => planOne(input, family, types, input.window));
  },
});
