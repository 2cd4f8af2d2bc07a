import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { PrometheusDriver } from 'prometheus-query';
import type { Config } from '../../config/schema.js';
import { messageOf, SourceError } from '../../model/errors.js';
import { isRecord } from './schema.js';

/** The base URL, without what the library wants apart: user and password, a trailing slash, the API's own path. */
function endpointOf(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new SourceError('prometheus', 'connect', `'${text.replace(/\/\/[^/@]*@/, '//')}' is no http or https URL`, {
      hint: 'Set SPARKFIT_PROMETHEUS_URL to the base URL, such as http://localhost:9090.',
    });
  const auth = url.username
    ? { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
    : undefined;
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  return { endpoint: `${url.origin}${path}`, auth };
}

function read(key: 'tokenFile' | 'caFile', file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new SourceError('prometheus', `read ${key}`, messageOf(error), {
      hint: `Set prometheus.${key} to a file that can be read.`,
      cause: error,
    });
  }
}

/** Several tenants are asked at once in Mimir's way: `a|b`. */
function headersOf({ tokenFile, tenant }: Config['prometheus']): Record<string, string> {
  return {
    ...(tokenFile ? { Authorization: `Bearer ${read('tokenFile', tokenFile)}` } : {}),
    ...(tenant ? { 'X-Scope-OrgID': tenant } : {}),
  };
}

/** What the server says of an answer that lacks something: Thanos' and Mimir's warnings, VictoriaMetrics' `isPartial`. */
function shortcomingsOf(body: Record<string, unknown>): string[] {
  const warnings = Array.isArray(body.warnings) ? body.warnings.map(String) : [];
  return body.isPartial === true ? [...warnings, 'some storage nodes did not answer (isPartial)'] : warnings;
}

function firstLine(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 120);
}

/** What stands between the API and us answers in its own words, which the library would call an unknown error. */
function withReason(error: unknown): unknown {
  if (!isRecord(error) || !isRecord(error.response)) return error;
  const { data, status, statusText } = error.response;
  // Cut after a good beginning: what went wrong is the connection.
  if (status === 200) return { message: error.message, code: error.code };
  if (!isRecord(data) || data.status === undefined) {
    const words = typeof data === 'string' ? firstLine(data) : '';
    error.response.data = { status: 'error', error: words || String(statusText) };
  }
  return error;
}

export interface Transport {
  driver: PrometheusDriver;
  /** Where it is, without credentials. */
  endpoint: string;
}

export interface TransportOptions {
  timeoutMs: number;
  /** Ends what is under way. */
  signal?: AbortSignal | undefined;
  /** Hears of answers that lack something. */
  onShortcoming?: (what: string) => void;
}

/**
 * The library for a URL, with what is configured: basic auth in the URL, bearer token, tenant, CA. The proxy is that of
 * the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY).
 * @throws SourceError if the URL or a file is of no use.
 */
export async function transportTo(
  { prometheus }: Config,
  url: string,
  { timeoutMs, signal, onShortcoming = () => {} }: TransportOptions,
): Promise<Transport> {
  const { PrometheusDriver } = await import('prometheus-query');
  const { endpoint, auth } = endpointOf(url);
  const httpsAgent = prometheus.caFile ? new Agent({ ca: read('caFile', prometheus.caFile) }) : undefined;
  const driver = new PrometheusDriver({
    endpoint,
    timeout: timeoutMs,
    preferPost: true,
    headers: headersOf(prometheus),
    ...(auth ? { auth } : {}),
    requestInterceptor: {
      onFulfilled: (request) => Object.assign(request, httpsAgent && { httpsAgent }, signal && { signal }),
    },
    responseInterceptor: {
      onFulfilled(response) {
        const body: unknown = response.data;
        // Cut in the middle, or the page of a proxy or a login: never an empty result.
        if (!isRecord(body)) throw new Error(`the answer is no JSON: ${firstLine(String(body))}`);
        for (const what of shortcomingsOf(body)) onShortcoming(what);
        return response;
      },
      onRejected: (error: unknown) => Promise.reject(withReason(error)),
    },
  });
  return { driver, endpoint };
}
