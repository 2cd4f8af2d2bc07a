import { z } from 'zod';
import type { Evaluation, Evidence } from '../../model/finding.js';
import { sparkPatch } from '../../recommend/posture-patch.js';
import { counted, evidenceOf, notJudged } from '../derived/posture.js';
import { type StreamFamily, streamFamilies } from '../derived/stream-runs.js';
import { defineRule } from '../rule.js';

const TITLE = 'Checkpoint';
const LOCATION = 'spark.sql.streaming.checkpointLocation';
const DEFAULT_FS = 'spark.hadoop.fs.defaultFS';
/** File systems that outlive the driver's pod. */
const DURABLE = /^(s3[an]?|hdfs|webhdfs|abfss?|wasbs?|gs|oss|cosn|dbfs|viewfs|alluxio):/i;

interface Verdict {
  state: 'finding' | 'ok' | 'insufficient-data';
  why: string;
  evidence: readonly (readonly [string, string | number])[];
}

function byLocation(location: string, { family }: StreamFamily): Verdict {
  const evidence = [[LOCATION, location]] as const;
  const scheme = /^[a-z][a-z0-9+.-]*:/i.test(location) ? location : (family.conf?.[DEFAULT_FS] ?? 'file:');
  if (DURABLE.test(scheme)) return { state: 'ok', why: `Its checkpoints are in ${location}`, evidence };
  const mounts = family.workload.roles.some(({ role, posture }) => role === 'driver' && posture.holdsVolume);
  if (mounts)
    return { state: 'ok', why: `Its checkpoints are in ${location}, and its driver mounts a volume`, evidence };
  return { state: 'finding', why: `checkpoints go to ${location}, which is gone with the driver's pod`, evidence };
}

/** The location may be given in code; whether runs go on where the one before stopped tells it. */
function byRuns({ runs }: StreamFamily): Verdict {
  const all = runs.flatMap(({ queries }) => queries);
  const seen = new Map<string, number>();
  for (const { queries } of runs)
    for (const id of new Set(queries.map(({ queryId }) => queryId))) seen.set(id, (seen.get(id) ?? 0) + 1);
  const evidence = [
    ['runs whose event log was read', runs.length],
    ['queries', seen.size],
    ['queries that were resumed', [...seen.values()].filter((count) => count > 1).length],
  ] as const;
  if ([...seen.values()].some((count) => count > 1))
    return { state: 'ok', why: 'A later run went on with the same query: its checkpoint was there', evidence };
  if (all.some(({ firstBatch }) => (firstBatch ?? 0) > 0))
    return { state: 'ok', why: 'A run began in the middle of its query: its checkpoint was there', evidence };
  if (runs.length >= 2)
    return { state: 'finding', why: `each of ${counted(runs.length, 'run')} began its queries anew`, evidence };
  return {
    state: 'insufficient-data',
    why: `no ${LOCATION} is set and ${counted(runs.length, 'event log')} of it ${runs.length === 1 ? 'is' : 'are'} known: code may set it, and two runs would tell`,
    evidence,
  };
}

export const noCheckpoint = defineRule({
  id: 'resilience/no-checkpoint',
  title: 'Stream without a checkpoint on durable storage',
  severity: 'warning',
  ledger: null,
  needs: { families: streamFamilies },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const one of facts.families) {
      const { workload, conf, streaming } = one.family;
      const { subject, row } = workload;
      const not = notJudged({ ...workload, there: true }, TITLE);
      if (not) {
        yield not;
        continue;
      }
      if (!streaming) {
        yield { state: 'not-applicable', subject, title: `${TITLE}: nothing says that it is a stream` };
        continue;
      }
      const location = conf?.[LOCATION];
      const verdict = location ? byLocation(location, one) : byRuns(one);
      const shown: Evidence[] = [
        evidence('why it is a stream', streaming),
        ...verdict.evidence.map(([metric, value]) => evidence(metric, value)),
      ];
      if (verdict.state === 'ok') yield { state: 'ok', subject, title: verdict.why, evidence: shown };
      else if (verdict.state === 'insufficient-data')
        yield { state: 'insufficient-data', subject, title: `${TITLE}: ${verdict.why}` };
      else
        yield {
          state: 'finding',
          subject,
          title: `A lost driver loses the stream's place: ${verdict.why}`,
          evidence: shown,
          confidence: location
            ? { value: 0.9, why: 'its setting' }
            : { value: 0.7, why: 'a query that is resumed keeps its id; runs may have been begun anew on purpose' },
          recommendation: {
            summary: 'Keep checkpoints on object storage, one folder for each query.',
            risk: 'A checkpoint belongs to one query: a changed query may not start from it.',
            patches: [
              sparkPatch(row, {
                spec: { sparkConf: { [LOCATION]: 's3a://BUCKET/checkpoints/' } },
                conf: { [LOCATION]: 's3a://BUCKET/checkpoints/' },
              }),
            ],
            backtest: null,
          },
        };
    }
  },
});
