import type { Config } from '../../config/schema.js';
import { SourceError } from '../../model/errors.js';
import type { Gap } from '../../model/sources.js';
import type { SparkLog } from '../../model/spark.js';
import { getCursor, setCursor } from '../../store/collections.js';
import type { Db } from '../../store/open.js';
import { findSparkAttempt } from '../../store/spark.js';
import { type GrowingLog, growingLog, keepGrowingLog, unmarked } from '../../store/spark-growing.js';
import { continueSparkLog, writeSparkLog } from '../../store/spark-write.js';
import type { Check, CollectInput, Collector, CollectResult } from '../collector.js';
import { sourceError } from './log-files.js';
import type { LogParser, LogRead } from './read.js';
import { type FoundLog, logPlace, nameOf } from './sources/index.js';
import { openLogThreads } from './threads/pool.js';

const ID = 'spark-logs';
const NAME_THE_PLACE = 'Name the folder or s3:// prefix of spark.eventLog.dir, a History Server, or one log.';

/** Without the password that a URL may carry. */
function shown(where: string): string {
  return where.replace(/^(https?:\/\/)[^/@]*@/, '$1');
}

/** Rows written and what makes them lower bounds; undefined if the log is as it was. */
interface Outcome {
  rows: number;
  damage: readonly string[];
  continued: boolean;
}

/** A log that is to be stored, with the cursor to go on from. */
interface ReadLog extends LogRead {
  cursor: string;
  /** What the reading before left, if there is any. */
  before: GrowingLog | undefined;
}

/** Reads a log; undefined if it is as it was. */
async function readLog(found: FoundLog, input: CollectInput, parse: LogParser): Promise<ReadLog | undefined> {
  const cursor = await found.cursor();
  if (getCursor(input.store.db, ID, input.cluster, found.path) === cursor) return undefined;
  const before = growingLog(input.store.db, input.cluster, found.path);
  return { cursor, before, ...(await found.read({ signal: input.signal, parse, state: before?.state })) };
}

/** Another log of the same application that tells more than this one, such as the whole of which this is a cut copy. */
function betterLog(db: Db, cluster: string, { application }: SparkLog): string | undefined {
  const known = findSparkAttempt(db, cluster, application);
  if (!known || application.log.compacted || unmarked(known.log.path) === unmarked(application.log.path))
    return undefined;
  const tellsMore = known.finished === application.finished ? known.log.lines > application.log.lines : known.finished;
  return tellsMore ? known.log.path : undefined;
}

/** Rows, cursor and what the next reading needs: all of it or nothing. */
function storeLog(found: FoundLog, read: ReadLog, { store: { db }, cluster }: CollectInput): Outcome {
  const { cursor, before, continued, log, state } = read;
  const better = betterLog(db, cluster, log);
  if (better !== undefined) {
    setCursor(db, ID, cluster, found.path, cursor);
    const why = `it is left out: ${nameOf({ path: better })} tells more of the same application (${log.application.appId})`;
    return { rows: 0, damage: [why], continued };
  }
  const rows = db.transaction(() => {
    setCursor(db, ID, cluster, found.path, cursor);
    const goesOn = continued && before !== undefined;
    const written = goesOn ? continueSparkLog(db, before.application, log) : writeSparkLog(db, cluster, log);
    keepGrowingLog(db, written.application, found.path, state);
    return written.rows;
  })();
  return { rows, damage: log.application.log.damage, continued };
}

/** Reads as many logs at once as there are threads, and stores them in their order. */
async function collectLogs(logs: readonly FoundLog[], input: CollectInput, tally: Tally): Promise<void> {
  const threads = openLogThreads(logs.length);
  // What is stored is let go: no more logs are in memory than there are threads.
  const started: (Promise<PromiseSettledResult<ReadLog | undefined>> | undefined)[] = [];
  try {
    for (const [at, found] of logs.entries()) {
      while (started.length < Math.min(logs.length, at + threads.size)) {
        const next = logs[started.length];
        if (!next || input.signal.aborted) break;
        started.push(Promise.allSettled([readLog(next, input, threads.parse)]).then(([result]) => result));
      }
      if (input.signal.aborted) return;
      input.progress(`log ${at + 1}/${logs.length} ${nameOf(found)}`);
      const result = await started[at];
      started[at] = undefined;
      if (!result || input.signal.aborted) return;
      if (result.status === 'fulfilled') tally.add(found, result.value && storeLog(found, result.value, input));
      else if (result.reason instanceof SourceError) tally.fail(found, result.reason);
      else throw result.reason;
    }
  } finally {
    await threads.close();
  }
}

function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** What became of the logs of one run. */
class Tally {
  readonly failures: SourceError[] = [];
  readonly gaps: Gap[] = [];
  rows = 0;
  private read = 0;
  private continued = 0;
  private unchanged = 0;
  private damaged = 0;

  constructor(private readonly input: CollectInput) {}

  private gap(found: FoundLog, why: string): void {
    this.gaps.push({ ...this.input.window, why: `${nameOf(found)}: ${why}` });
  }

  add(found: FoundLog, outcome: Outcome | undefined): void {
    if (!outcome) {
      this.unchanged++;
      return;
    }
    this.read++;
    this.rows += outcome.rows;
    if (outcome.continued) this.continued++;
    if (outcome.damage.length === 0) return;
    this.damaged++;
    this.gap(found, outcome.damage.join('; '));
  }

  fail(found: FoundLog, error: SourceError): void {
    this.failures.push(error);
    this.gap(found, error.message);
  }

  detail(): string {
    const parts = [`${plural(this.read, 'log')} read`];
    if (this.continued > 0) parts.push(`${this.continued} of them from where reading had ended`);
    if (this.unchanged > 0) parts.push(`${this.unchanged} unchanged`);
    if (this.damaged > 0) parts.push(`${this.damaged} damaged`);
    if (this.failures.length > 0) parts.push(`${this.failures.length} not readable`);
    return parts.join(', ');
  }
}

async function collect(input: CollectInput): Promise<CollectResult> {
  const { signal, sinceGiven, window } = input;
  const where = input.config.spark.logs;
  const place = await logPlace(input.config);
  const logs = await place.list({ signal, ...(sinceGiven && { sinceMs: window.sinceMs }) }).catch((error: unknown) => {
    if (signal.aborted) return [];
    throw error;
  });
  if (logs.length === 0 && !sinceGiven && !signal.aborted)
    throw sourceError(`list ${shown(where)}`, 'there is no event log in it', NAME_THE_PLACE);
  const tally = new Tally(input);
  await collectLogs(logs, input, tally);
  const [failure] = tally.failures;
  if (failure && tally.failures.length === logs.length) throw failure;
  return { rows: tally.rows, gaps: tally.gaps, detail: tally.detail() };
}

async function check(config: Config): Promise<Check> {
  const where = shown(config.spark.logs);
  try {
    const logs = await (await logPlace(config)).list();
    if (logs.length === 0) return { state: 'failed', detail: `no event log in ${where}`, nextStep: NAME_THE_PLACE };
    await logs.at(-1)?.cursor();
    return { state: 'ok', detail: `${plural(logs.length, 'log')} in ${where}`, nextStep: '' };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { state: 'failed', detail: error.message, nextStep: error.hint ?? '' };
  }
}

export const sparkLogs: Collector = {
  id: ID,
  title: 'Spark event logs',
  lostWithout: 'what limits Spark runs (skew, spill, GC, shuffle, driver), their trend, and sizing from JVM peaks',
  isConfigured: (config) => config.spark.logs !== '',
  async check(config) {
    if (config.spark.logs !== '') return check(config);
    return {
      state: 'absent',
      detail: 'no folder of event logs is named',
      nextStep: 'Set SPARKFIT_SPARK_LOGS (or spark.logs) to the folder of spark.eventLog.dir or to a History Server.',
    };
  },
  collect,
};
