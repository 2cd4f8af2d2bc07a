import { Readable } from 'node:stream';
import pRetry from 'p-retry';
import { messageOf, SourceError } from '../../../model/errors.js';
import { limited } from '../../../model/limited.js';
import { type Application, Applications } from './history-schema.js';

const ID = 'spark-logs';
const LIST = 'list applications';
const RETRIES = 4;
const MIN_WAIT_MS = 250;
/** A list is made from what the server has in memory; a download's own limit is Node's, five minutes without a byte. */
const LIST_TIMEOUT_MS = 60_000;
/** Of an error page the first words. */
const LONGEST_REASON = 200;

export interface HistoryClient {
  /** Without user and password. */
  readonly url: string;
  applications(query: Record<string, string>, signal?: AbortSignal): Promise<Application[]>;
  /** Hands on the bytes of a ZIP archive of an attempt's logs; called anew with all of it if the connection breaks. */
  logs(
    appId: string,
    attemptId: string,
    take: (content: Readable) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void>;
}

function isRetryable(status: number): boolean {
  return status === 429 || status >= 500;
}

function hintOf(status: number, operation: string): string {
  if (status === 401 || status === 403)
    return 'Name user and password in the URL, or let this machine through the proxy in front of the History Server.';
  if (status === 404 && operation !== LIST) return 'The server has cleaned it up since; nothing is to be done.';
  if (status === 404) return "Check that the URL is the History Server's root, for example http://spark-history:18080.";
  return 'Run the same command again later: it goes on where it stopped.';
}

/** `fetch failed` says nothing; its cause names the address and what happened. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer in ${LIST_TIMEOUT_MS / 1000} s`;
  return messageOf(cause instanceof Error && cause.message !== '' ? cause : error);
}

function failed(operation: string, reason: string, hint: string, retryable: boolean, cause?: unknown): SourceError {
  return new SourceError(ID, operation, reason, { hint, retryable, cause });
}

function apiOf(text: string): { url: string; headers: Record<string, string> } {
  if (!URL.canParse(text))
    throw failed(`open ${text}`, 'it is no URL', 'Write spark.logs as http://host:18080.', false);
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.search = '';
  const base = url.href.replace(/\/+(?:api\/v1\/?)?$/, '');
  if (!username) return { url: base, headers: {} };
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { url: base, headers: { authorization: `Basic ${basic}` } };
}

/** A Spark History Server behind the three requests that are made of it. */
export function historyClient(text: string): HistoryClient {
  const { url, headers } = apiOf(text);

  async function request(operation: string, path: string, signal: AbortSignal | undefined): Promise<Response> {
    const response = await fetch(`${url}/api/v1/${path}`, { headers, ...(signal && { signal }) });
    if (response.ok && response.body) return response;
    const words = (await response.text()).trim().split('\n')[0]?.slice(0, LONGEST_REASON) ?? '';
    const reason = `${url}: HTTP ${response.status}${words && !words.startsWith('<') ? `: ${words}` : ''}`;
    throw failed(operation, reason, hintOf(response.status, operation), isRetryable(response.status));
  }

  async function attempt<T>(operation: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await pRetry(work, {
        retries: RETRIES,
        minTimeout: MIN_WAIT_MS,
        randomize: true,
        shouldRetry: ({ error }) => !signal?.aborted && (!(error instanceof SourceError) || error.retryable),
      });
    } catch (error) {
      if (error instanceof SourceError) throw error;
      signal?.throwIfAborted();
      const hint = `Check that ${url} can be reached from here, then run the same command again.`;
      throw failed(operation, `${url}: ${reasonOf(error)}`, hint, true, error);
    }
  }

  async function applications(query: Record<string, string>, signal?: AbortSignal): Promise<Application[]> {
    const operation = LIST;
    const list = async (): Promise<unknown> => {
      const limit = limited(LIST_TIMEOUT_MS, signal);
      const text = await (await request(operation, `applications?${new URLSearchParams(query)}`, limit)).text();
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    };
    const parsed = Applications.safeParse(await attempt(operation, list, signal));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
    throw failed(
      operation,
      `${url}: the answer is no list of applications (${where}${issue?.message})`,
      'Check that the URL is that of a Spark History Server.',
      false,
    );
  }

  async function logs(
    appId: string,
    attemptId: string,
    take: (content: Readable) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    const operation = `download the log of ${appId}`;
    const path = `applications/${appId}${attemptId && `/${encodeURIComponent(attemptId)}`}/logs`;
    const download = async () => {
      const { body } = await request(operation, path, signal);
      if (body) await take(Readable.fromWeb(body));
    };
    await attempt(operation, download, signal);
  }

  return { url, applications, logs };
}
