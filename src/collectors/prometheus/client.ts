import pLimit from 'p-limit';
import pRetry from 'p-retry';
import type { Config } from '../../config/schema.js';
import { SourceError } from '../../model/errors.js';
import { SECOND_MS } from '../../model/window.js';
import { discover } from './discover.js';
import { type Rejection, rejectionOf, type Series, seriesOf } from './schema.js';
import { transportTo } from './transport.js';

/** A range of evaluation times, both ends included, as Prometheus has it. */
export interface EvaluationRange {
  startMs: number;
  endMs: number;
  stepSeconds: number;
}

export interface PrometheusClient {
  url: string;
  /** What the URL was found to be where none is configured: `Thanos`, `Prometheus`, … */
  found: string | undefined;
  /** What the server said of answers that lacked something, so far. */
  shortcomings(): string[];
  instant(what: string, query: string, timeMs: number): Promise<Series[]>;
  /** Asks in parts where the server refuses the whole as too large. */
  range(what: string, query: string, range: EvaluationRange): Promise<Series[]>;
}

/** A server that says to come back later gets half a minute, one that does not answer a few seconds. */
const RETRIES_BUSY = 8;
const RETRIES = 4;
const MIN_WAIT_MS = 200;
const MAX_WAIT_MS = 10_000;
/** Prometheus refuses more points per series (web/api/v1 `exceeded maximum resolution of 11,000 points`). */
const MAX_POINTS = 11_000;

/** What Prometheus, Thanos, Mimir and VictoriaMetrics say of a query that asks for too much at once. */
const TOO_LARGE =
  /exceeded maximum resolution|too many (samples|points|series|chunks)|max[-_ a-z]*(samples|points|series|chunks|duration|length)|exceeds? the limit|limit exceeded|too large|timed? ?out|deadline exceeded/i;
class Rejected extends Error {
  readonly rejection: Rejection;
  constructor(rejection: Rejection) {
    super(rejection.message);
    this.rejection = rejection;
  }
}

function isTooLarge({ status, type, code, message }: Rejection): boolean {
  if (status === 413 || status === 504 || type === 'timeout') return true;
  if (status === undefined) return code === 'ECONNABORTED' || code === 'ETIMEDOUT';
  return (status === 400 || status === 422 || status === 503) && TOO_LARGE.test(message);
}

/** Names that nobody knows and certificates that nobody trusts stay so. */
function isTransient({ status, code }: Rejection): boolean {
  return status === undefined ? !/^(ENOTFOUND|ERR_INVALID|ERR_TLS)|CERT/.test(code) : status === 429 || status >= 500;
}

/** What can be asked in halves is not asked again as a whole when it was too much. */
function triesAgain(rejection: Rejection, canHalve: boolean, tried: number): boolean {
  if (!isTransient(rejection) || (canHalve && isTooLarge(rejection))) return false;
  return tried < (rejection.status === 503 || rejection.status === 429 ? RETRIES_BUSY : RETRIES);
}

function hintOf({ status, code }: Rejection, url: string): string {
  if (status === 401 || status === 403) return 'Name a file with a valid bearer token in prometheus.tokenFile.';
  if (code.includes('CERT')) return "Name the file with the server's CA in prometheus.caFile.";
  if (status === 404) return `Check the path of ${url}: it should end before /api/v1.`;
  if (status === undefined && code !== 'ECONNABORTED')
    return `Check that ${url} can be reached from here (SPARKFIT_PROMETHEUS_URL); 'kubectl port-forward' helps from outside a cluster.`;
  return 'Raise prometheus.stepSeconds or prometheus.timeoutSeconds, or lower prometheus.concurrency.';
}

function toSourceError(what: string, rejection: Rejection, url: string): SourceError {
  const { status, code, message } = rejection;
  const cause = status === undefined ? code || message : `HTTP ${status}: ${message}`;
  return new SourceError('prometheus', `query ${what}`, `${url}: ${cause}`, {
    hint: hintOf(rejection, url),
    retryable: isTransient(rejection),
  });
}

function stopped(what: string, cause: unknown): SourceError {
  const hint = 'Run the same command again to go on.';
  return new SourceError('prometheus', `query ${what}`, 'stopped before the answer came', { hint, cause });
}

function half({ startMs, endMs, stepSeconds }: EvaluationRange): [EvaluationRange, EvaluationRange] | undefined {
  const stepMs = stepSeconds * SECOND_MS;
  const points = Math.floor((endMs - startMs) / stepMs) + 1;
  if (points < 2) return undefined;
  const middleMs = startMs + (Math.floor(points / 2) - 1) * stepMs;
  return [
    { startMs, endMs: middleMs, stepSeconds },
    { startMs: middleMs + stepMs, endMs, stepSeconds },
  ];
}

/** Two answers to one query over adjoining times, each series whole again. */
function joined(first: Series[], second: readonly Series[]): Series[] {
  const keyOf = ({ labels }: Series) => JSON.stringify(Object.entries(labels).sort());
  const byLabels = new Map(first.map((series) => [keyOf(series), series]));
  for (const series of second) {
    const known = byLabels.get(keyOf(series));
    byLabels.set(keyOf(series), known ? { ...known, points: known.points.concat(series.points) } : series);
  }
  return [...byLabels.values()];
}

/** Prometheus, or what speaks its API, with retries and a bound on queries in flight; `signal` ends those. */
export async function connect(config: Config, signal?: AbortSignal): Promise<PrometheusClient> {
  const { concurrency, timeoutSeconds } = config.prometheus;
  const shortcomings = new Set<string>();
  const place = config.prometheus.url ? { url: config.prometheus.url, kind: undefined } : await discover(config);
  const transport = await transportTo(config, place.url, {
    timeoutMs: timeoutSeconds * SECOND_MS,
    signal,
    onShortcoming: (what) => shortcomings.add(what),
  });
  const { driver, endpoint: url } = transport;
  const limit = pLimit(concurrency);

  async function once(what: string, request: () => Promise<unknown>): Promise<Series[]> {
    const answer = await request().catch((thrown: unknown) => {
      // The library maps over what it takes for a list.
      if (thrown instanceof TypeError) return undefined;
      throw new Rejected(rejectionOf(thrown));
    });
    const series = seriesOf(answer);
    if (series) return series;
    throw new SourceError('prometheus', `query ${what}`, `${url}: the answer is no list of series`, {
      hint: 'Check that the URL is that of Prometheus or of something that speaks its API.',
    });
  }

  /** @throws Rejected after the last try, SourceError where it was told to stop. */
  function patiently(what: string, canHalve: boolean, request: () => Promise<unknown>): Promise<Series[]> {
    const tries = () =>
      pRetry(() => once(what, request), {
        retries: RETRIES_BUSY,
        minTimeout: MIN_WAIT_MS,
        maxTimeout: MAX_WAIT_MS,
        randomize: true,
        ...(signal && { signal }),
        shouldRetry: ({ error, retriesConsumed }) =>
          error instanceof Rejected && triesAgain(error.rejection, canHalve, retriesConsumed),
      });
    return limit(tries).catch((error: unknown) => {
      throw signal?.aborted ? stopped(what, error) : error;
    });
  }

  async function range(what: string, query: string, asked: EvaluationRange): Promise<Series[]> {
    const { startMs, endMs, stepSeconds } = asked;
    const halves = half(asked);
    const split = async ([first, second]: [EvaluationRange, EvaluationRange]) =>
      joined(await range(what, query, first), await range(what, query, second));
    if (halves && (endMs - startMs) / SECOND_MS / stepSeconds >= MAX_POINTS) return split(halves);
    try {
      return await patiently(what, halves !== undefined, () => driver.rangeQuery(query, startMs, endMs, stepSeconds));
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      if (halves && isTooLarge(error.rejection)) return split(halves);
      throw toSourceError(what, error.rejection, url);
    }
  }

  return {
    url,
    found: place.kind,
    shortcomings: () => [...shortcomings],
    range,
    async instant(what, query, timeMs) {
      try {
        return await patiently(what, false, () => driver.instantQuery(query, timeMs));
      } catch (error) {
        throw error instanceof Rejected ? toSourceError(what, error.rejection, url) : error;
      }
    },
  };
}
