import { z } from 'zod';
import type { Evaluation, Evidence, Recommendation, Subject } from '../../model/finding.js';
import { HOURS_PER_MONTH, type Window, windowHours } from '../../model/window.js';
import { sum } from '../derived/numbers.js';
import {
  type FamilyTransfers,
  type NamespaceTransfers,
  namespaceTransfers,
  type RunTransfer,
  transfers,
} from '../derived/transfers.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  minPercent: z.number().min(0).default(10).describe('least share of what its pods are charged, in per cent'),
  minUsdPerMonth: z.number().min(0).default(10).describe('least estimate in dollars'),
  usdPerGB: z.number().min(0).default(0.01).describe('price of a gigabyte between zones, for each of both directions'),
  usdPerGet: z
    .number()
    .min(0)
    .default(0.0004 / 1000)
    .describe('price of one S3 GET'),
  usdPerPut: z
    .number()
    .min(0)
    .default(0.005 / 1000)
    .describe('price of one S3 PUT'),
  bytesPerGet: z.number().positive().default(1_048_576).describe('bytes that one GET reads on average'),
  bytesPerPut: z.number().positive().default(67_108_864).describe('bytes of a part of an upload'),
});
type Settings = z.infer<typeof parameters>;

const GB = 1e9;
const TITLE = 'Transfer and requests';
/** Opening a file of its own: a list or head, and the footer. Committing one: start, complete, rename by copy. */
const REQUESTS_PER_TASK = 3;

interface Estimate {
  crossZoneUsd: number;
  requestUsd: number;
  crossZoneBytes: number;
  gets: number;
  puts: number;
}

function requestsOf({ s3, inputBytes, outputBytes, readTasks, writeTasks }: RunTransfer, settings: Settings) {
  if (!s3) return { gets: 0, puts: 0 };
  return {
    gets: inputBytes / settings.bytesPerGet + readTasks * REQUESTS_PER_TASK,
    puts: outputBytes / settings.bytesPerPut + writeTasks * REQUESTS_PER_TASK,
  };
}

/** Of all runs: those without a log are taken to be like the others. */
function estimateOf({ logged, runs }: FamilyTransfers, settings: Settings): Estimate {
  const toAll = runs / logged.length;
  const requests = logged.map((run) => requestsOf(run, settings));
  const crossZoneBytes = sum(logged.map((run) => run.crossZoneBytes ?? 0)) * toAll;
  const gets = sum(requests.map((run) => run.gets)) * toAll;
  const puts = sum(requests.map((run) => run.puts)) * toAll;
  return {
    crossZoneBytes,
    gets,
    puts,
    crossZoneUsd: (crossZoneBytes / GB) * settings.usdPerGB * 2,
    requestUsd: gets * settings.usdPerGet + puts * settings.usdPerPut,
  };
}

/** What is judged: a family, or the families of a namespace together. */
interface Judged {
  subject: Subject;
  estimate: Estimate;
  /** What its pods are charged in the window. */
  computeUsd: number;
  /** Runs with an event log, and all of them. */
  logged: number;
  runs: number;
  /** The family that is estimated to cost most, and of how many it is one. */
  dearest?: { name: string; of: number };
}

function recommendationOf({ subject, estimate, dearest }: Judged): Recommendation {
  const isShuffle = estimate.crossZoneUsd >= estimate.requestUsd;
  const content = isShuffle
    ? 'spark.kubernetes.node.selector.topology.kubernetes.io/zone=<zone>'
    : 'spark.sql.adaptive.coalescePartitions.enabled=true\nspark.hadoop.fs.s3a.experimental.input.fadvise=random';
  const target = `${subject.kind} ${subject.namespace}/${subject.name}`;
  const first = dearest ? ` Begin with ${dearest.name}.` : '';
  return {
    summary: isShuffle
      ? `Keep the executors of a run in one zone; what they shuffle is then free.${first}`
      : `Read and write fewer, larger files: compact small ones, and cut partitions before writing.${first}`,
    risk: isShuffle ? 'One zone may have less spot capacity.' : 'Fewer files are fewer tasks at once.',
    patches: dearest ? [] : [{ format: 'spark-conf', target, content }],
    backtest: null,
  };
}

function finding(judged: Judged, percent: number, toMonth: number, window: Window): Evaluation {
  const { subject, estimate, computeUsd, logged: samples, runs, dearest } = judged;
  const { crossZoneUsd, requestUsd, crossZoneBytes, gets, puts } = estimate;
  const evidence = (metric: string, value: number | string, unit: string): Evidence => ({
    metric,
    value,
    unit,
    window,
    samples,
  });
  return {
    state: 'finding',
    subject,
    title: `Estimated: traffic between zones and S3 requests cost ${percent.toFixed(0)} % of its compute`,
    evidence: [
      evidence('traffic between zones, estimated', crossZoneUsd * toMonth, 'USD/month'),
      evidence('S3 requests, estimated', requestUsd * toMonth, 'USD/month'),
      evidence('its pods', computeUsd * toMonth, 'USD/month'),
      evidence('shuffle between zones in the window', crossZoneBytes, 'bytes'),
      evidence('S3 GETs in the window', gets, ''),
      evidence('S3 PUTs in the window', puts, ''),
      ...(dearest ? [evidence(`most of it, of ${dearest.of} Spark families`, dearest.name, '')] : []),
    ],
    confidence: {
      value: 0.4,
      why: `an estimate from the bytes of ${samples} event logs for ${runs} runs, at list prices; the bill knows better`,
    },
    recommendation: recommendationOf(judged),
  };
}

function verdict(judged: Judged, settings: Settings, window: Window): Evaluation {
  const { subject, estimate, computeUsd } = judged;
  const usd = estimate.crossZoneUsd + estimate.requestUsd;
  const percent = computeUsd > 0 ? (usd / computeUsd) * 100 : 0;
  const toMonth = HOURS_PER_MONTH / windowHours(window);
  if (percent < settings.minPercent || usd * toMonth < settings.minUsdPerMonth) {
    const title = `Estimated: traffic between zones and S3 requests cost ${percent.toFixed(1)} % of its compute`;
    return { state: 'ok', subject, title };
  }
  return finding(judged, percent, toMonth, window);
}

function judge(family: FamilyTransfers, settings: Settings, window: Window): Evaluation {
  const { subject, logged, runs, computeUsd } = family;
  if (runs === 0) return { state: 'not-applicable', subject, title: `${TITLE}: no executor ran in the window` };
  if (logged.length === 0) return { state: 'insufficient-data', subject, title: `${TITLE}: no event log of its runs` };
  if (computeUsd === null)
    return { state: 'insufficient-data', subject, title: `${TITLE}: what its pods cost is not known` };
  const estimate = estimateOf(family, settings);
  return verdict({ subject, estimate, computeUsd, logged: logged.length, runs }, settings, window);
}

const usdOf = ({ crossZoneUsd, requestUsd }: Estimate): number => crossZoneUsd + requestUsd;

/** All families with a log, against everything in the namespace. */
function judgeNamespace(namespace: NamespaceTransfers, settings: Settings, window: Window): Evaluation {
  const { subject, families, computeUsd } = namespace;
  const known = families
    .filter(({ logged }) => logged.length > 0)
    .map((family) => ({ family, estimate: estimateOf(family, settings) }))
    .sort((a, b) => usdOf(b.estimate) - usdOf(a.estimate));
  const [first] = known;
  if (!first) return { state: 'insufficient-data', subject, title: `${TITLE}: no event log of its Spark families` };
  if (computeUsd === null)
    return { state: 'insufficient-data', subject, title: `${TITLE}: what its pods cost is not known` };
  const total = (pick: (estimate: Estimate) => number) => sum(known.map(({ estimate }) => pick(estimate)));
  const judged: Judged = {
    subject,
    computeUsd,
    estimate: {
      crossZoneUsd: total(({ crossZoneUsd }) => crossZoneUsd),
      requestUsd: total(({ requestUsd }) => requestUsd),
      crossZoneBytes: total(({ crossZoneBytes }) => crossZoneBytes),
      gets: total(({ gets }) => gets),
      puts: total(({ puts }) => puts),
    },
    logged: sum(known.map(({ family }) => family.logged.length)),
    runs: sum(known.map(({ family }) => family.runs)),
    dearest: { name: first.family.subject.name, of: families.length },
  };
  return verdict(judged, settings, window);
}

export const costTransfer = defineRule({
  id: 'cost/transfer',
  title: 'Traffic and requests that cost as much as compute',
  severity: 'info',
  ledger: null,
  needs: { families: transfers, namespaces: namespaceTransfers },
  parameters,
  *evaluate({ facts, parameters: settings, window }) {
    for (const family of facts.families) yield judge(family, settings, window);
    for (const namespace of facts.namespaces) yield judgeNamespace(namespace, settings, window);
  },
});
