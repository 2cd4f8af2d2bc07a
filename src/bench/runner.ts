import { createHash, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { listLogs } from '../collectors/spark/log-files.js';
import { readEventLog } from '../collectors/spark/read.js';
import { messageOf } from '../model/errors.js';
import { limited } from '../model/limited.js';
import type { SparkLog } from '../model/spark.js';
import { isoTime } from '../model/window.js';
import { toolVersion } from '../version.js';
import { isSettled, looksOf } from './adaptive.js';
import { compareSession } from './compare-sessions.js';
import { environmentOf, loadNow, withInput } from './environment.js';
import { logFacts, logMetrics, logSeconds } from './event-log.js';
import { type LaunchContext, type Launched, launchCommand, runHook } from './launch.js';
import { missingNeeds } from './needs.js';
import { type PlannedRun, plannedRuns } from './order.js';
import { resultDifference } from './result-check.js';
import { type BenchRun, type BenchSession, isGivenUp, SESSION_SCHEMA } from './session.js';
import type { LoadedSuite } from './suite.js';
import type { Variant, Workload } from './suite-schema.js';
import { DEFAULT_VERDICT } from './verdict.js';

/** USD of one run; undefined where its price is not known. */
export type RunPrice = (seconds: number, log: SparkLog | null) => number | undefined;

/** Runs an application on a cluster; only there under `--apply`. */
export type ClusterLauncher = (workload: Workload, variant: Variant, context: LaunchContext) => Promise<Launched>;

export interface RunnerOptions {
  readonly loaded: LoadedSuite;
  readonly environment: NodeJS.ProcessEnv;
  readonly workFolder: string;
  readonly signal: AbortSignal;
  readonly label: string;
  readonly priceOf: RunPrice;
  readonly launchOnCluster?: ClusterLauncher | undefined;
  /** Only workloads of these names. */
  readonly only?: readonly string[] | undefined;
  /** A session that was stopped and goes on. */
  readonly resume?: BenchSession | undefined;
  /** Called after each run, so that nothing measured is lost. */
  onRun(session: BenchSession, run: BenchRun): void;
  onWorkload?(workload: string, why: string | null): void;
}

function confHash(workload: Workload, variant: Variant): string {
  const words = [
    workload.command,
    workload.conf,
    variant.conf,
    variant.arguments,
    variant.command,
    variant.image,
    variant.patch,
  ];
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16);
}

async function newSession({ loaded, environment, label }: RunnerOptions): Promise<BenchSession> {
  const { suite, hash } = loaded;
  const tolerances = suite.workloads.flatMap(({ name, result }) => (result ? [[name, result.tolerance] as const] : []));
  return {
    schema: SESSION_SCHEMA,
    id: randomUUID(),
    suite: suite.suite,
    suiteHash: hash,
    label,
    tool: toolVersion(),
    createdAt: isoTime(Date.now()),
    order: suite.order,
    seed: suite.seed,
    runsPlanned: suite.runs,
    tolerances: Object.fromEntries(tolerances),
    metrics: suite.metrics ?? null,
    workloads: suite.workloads.map((workload) => ({
      name: workload.name,
      variants: workload.variants.map(({ name }) => name),
      confHashes: workload.variants.map((variant) => confHash(workload, variant)),
    })),
    environment: await environmentOf(loaded, environment),
    stoppedAlpha: {},
    skipped: [],
    complete: false,
    runs: [],
  };
}

class Runner {
  constructor(
    private readonly options: RunnerOptions,
    readonly session: BenchSession,
  ) {}

  private get context(): LaunchContext {
    return this.options;
  }

  private skip(workload: string, why: string): void {
    this.session.skipped = this.session.skipped.filter((entry) => entry.workload !== workload);
    this.session.skipped.push({ workload, why });
    this.options.onWorkload?.(workload, why);
  }

  private record(run: BenchRun): void {
    this.session.runs.push(run);
    this.options.onRun(this.session, run);
  }

  private runsOf(workload: string): BenchRun[] {
    return this.session.runs.filter((run) => run.workload === workload);
  }

  private isDone(workload: string, { variant, block, warmup }: PlannedRun): boolean {
    return this.runsOf(workload).some((run) => run.variant === variant && run.block === block && run.warmup === warmup);
  }

  /** The first sound result is what all others are held against. */
  private checked(workload: Workload, launched: Launched): Launched {
    if (launched.state !== 'ok' || !launched.result || !workload.result) return launched;
    const expected = this.runsOf(workload.name).find((run) => run.state === 'ok' && run.result)?.result;
    const difference = expected && resultDifference(expected, launched.result, workload.result.tolerance);
    return difference ? { ...launched, state: 'wrong-result', message: difference } : launched;
  }

  private async measure(workload: Workload, variant: Variant, planned: PlannedRun): Promise<boolean> {
    const { launchOnCluster, priceOf } = this.options;
    const load = loadNow();
    const startedAt = isoTime(Date.now());
    const prepared = await runHook(workload.prepare, this.context);
    if (this.options.signal.aborted) return false;
    const launched: Launched =
      prepared !== null
        ? {
            state: 'failed',
            message: `prepare ${prepared}`,
            exitCode: null,
            metrics: {},
            result: null,
            facts: null,
            log: null,
          }
        : workload.sparkApplication !== undefined && launchOnCluster
          ? await launchOnCluster(workload, variant, this.context)
          : await launchCommand(workload, variant, this.context);
    const { state, message, exitCode, metrics, result, facts, log } = this.checked(workload, launched);
    if (state === 'aborted') return false;
    const usd = state === 'ok' && metrics.time !== undefined ? priceOf(metrics.time, log) : undefined;
    this.record({
      workload: workload.name,
      ...planned,
      state,
      message,
      startedAt,
      exitCode,
      load,
      metrics: { ...metrics, ...(usd !== undefined && { cost: usd }) },
      result,
      facts,
    });
    return true;
  }

  /** Whether an adaptive session has seen enough of the workload. */
  private decided(workload: Workload, blocks: number): boolean {
    const { suite } = this.options.loaded;
    if (!suite.adaptive) return false;
    const look = looksOf(suite.runs, DEFAULT_VERDICT.alpha).find(({ runs }) => runs === blocks);
    if (!look) return false;
    this.session.stoppedAlpha[workload.name] = look.alpha;
    const { metrics } = compareSession(this.session, { workload: workload.name });
    return metrics.length > 0 && metrics.every(({ verdict }) => isSettled(verdict));
  }

  private async measureAll(
    workload: Workload,
    variants: ReadonlyMap<string, Variant>,
    planned: readonly PlannedRun[],
  ): Promise<void> {
    for (const [place, run] of planned.entries()) {
      const variant = variants.get(run.variant);
      if (variant && !this.isDone(workload.name, run) && !isGivenUp(this.session, workload.name, run.variant))
        if (!(await this.measure(workload, variant, run))) return;
      const endsBlock = planned[place + 1]?.block !== run.block;
      if (endsBlock && !run.warmup && this.decided(workload, run.block + 1)) return;
    }
  }

  private async commandWorkload(workload: Workload): Promise<void> {
    const { suite } = this.options.loaded;
    const variants = new Map(workload.variants.map((variant) => [variant.name, variant]));
    const planned = plannedRuns([...variants.keys()], suite);
    if (planned.every((run) => this.isDone(workload.name, run))) return;
    const setup = await runHook(workload.setup, this.context);
    if (this.options.signal.aborted) return;
    if (setup !== null) return this.skip(workload.name, `setup ${setup}`);
    try {
      await this.measureAll(workload, variants, planned);
    } finally {
      // Also where it was stopped: what setup made is not left behind.
      await runHook(workload.cleanup, { ...this.context, signal: limited(suite.timeout) });
    }
  }

  private async recordedWorkload(workload: Workload): Promise<void> {
    for (const variant of workload.variants) {
      const folder = resolve(this.options.loaded.folder, variant.eventLogs ?? '');
      for (const path of await listLogs(folder)) {
        if (this.options.signal.aborted) return;
        this.record(
          await recordedRun(workload.name, variant.name, path, this.runsOf(workload.name).length, this.options.priceOf),
        );
      }
    }
  }

  private async workload(workload: Workload): Promise<void> {
    this.options.onWorkload?.(workload.name, null);
    const recorded = workload.variants.every(({ eventLogs }) => eventLogs !== undefined);
    if (workload.sparkApplication !== undefined && !this.options.launchOnCluster)
      return this.skip(workload.name, 'it creates a SparkApplication, which only --apply allows');
    try {
      if (!recorded) await this.commandWorkload(workload);
      else if (!this.runsOf(workload.name).length) await this.recordedWorkload(workload);
    } catch (error) {
      this.skip(workload.name, messageOf(error));
    }
  }

  async run(): Promise<BenchSession> {
    const { loaded, environment, signal, only } = this.options;
    const { suite } = loaded;
    const wanted = suite.workloads.filter(({ name }) => !only || only.includes(name));
    const missing = await missingNeeds(suite.needs, environment);
    const setup = missing ?? (await runHook(suite.setup, this.context));
    this.session.skipped = [];
    if (missing !== null || (setup !== null && !signal.aborted))
      for (const { name } of wanted) this.skip(name, missing ?? `setup ${setup}`);
    else {
      for (const workload of wanted) if (!signal.aborted) await this.workload(workload);
      this.session.environment = withInput(this.session.environment, loaded);
      await runHook(suite.cleanup, { ...this.context, signal: limited(suite.timeout) });
    }
    this.session.complete = !signal.aborted;
    return this.session;
  }
}

/** One recorded event log as a run. */
export async function recordedRun(
  workload: string,
  variant: string,
  path: string,
  position: number,
  priceOf: RunPrice,
): Promise<BenchRun> {
  const base = { workload, variant, block: null, position, warmup: false, exitCode: null, load: null, result: null };
  try {
    const log = await readEventLog(path);
    const [damage] = log.application.log.damage;
    const failed = log.jobs.some(({ result }) => result === 'failed');
    const message =
      damage ?? (log.application.finished ? (failed ? 'a job of it failed' : null) : 'it has not finished');
    const time = logSeconds(log);
    const usd = priceOf(time, log);
    return {
      ...base,
      state: message === null ? 'ok' : failed ? 'failed' : 'no-event-log',
      message,
      startedAt: isoTime(log.application.startMs),
      metrics: { time, ...logMetrics(log), ...(usd !== undefined && { cost: usd }) },
      facts: logFacts(log),
    };
  } catch (error) {
    return {
      ...base,
      state: 'no-event-log',
      message: messageOf(error),
      startedAt: isoTime(0),
      metrics: {},
      facts: null,
    };
  }
}

/** Runs a suite, or goes on with a session that was stopped. What fails is recorded, and the rest goes on. */
export async function runSuite(options: RunnerOptions): Promise<BenchSession> {
  const session = options.resume ?? (await newSession(options));
  return new Runner(options, session).run();
}
