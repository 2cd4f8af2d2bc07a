import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type FakeServer, sendJson, startServer } from '../../support/http.js';

export type Item = {
  kind: string;
  apiVersion: string;
  metadata: { name: string; namespace?: string };
  [key: string]: unknown;
};
export type Lists = Record<string, Item[]>;

const FIXTURE = new URL('../../fixtures/kubernetes/lists.json', import.meta.url);

export function recordedLists(): Lists {
  return JSON.parse(readFileSync(FIXTURE, 'utf8'));
}

export interface FakeApi extends FakeServer {
  /** Paths with their query, in the order in which they came. */
  requests: string[];
}

/** What the server does instead of answering a request; false: it answers. */
export type Trouble = (resource: string, count: number, response: ServerResponse, url: URL) => boolean;

function status(code: number, message: string) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code };
}

/** What `/apis/<group>/<version>` tells of each. */
export type Discovery = Record<string, { kind: string; name: string; namespaced: boolean }[]>;

/** An API server that lists what it is given, page by page, as the real one does. */
export async function startFakeApi(
  lists: Lists,
  trouble: Trouble = () => false,
  discovery: Discovery = {},
): Promise<FakeApi> {
  const requests: string[] = [];
  const counts = new Map<string, number>();
  const server = await startServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    requests.push(request.url ?? '');
    const group = /^\/apis\/([^/]+\/[^/]+)$/.exec(url.pathname)?.[1];
    if (group) {
      const resources = discovery[group];
      return resources ? sendJson(response, 200, { kind: 'APIResourceList', resources }) : sendText(response);
    }
    const match = /^(?:\/api\/v1|\/apis\/([^/]+)\/[^/]+)(?:\/namespaces\/([^/]+))?\/([a-z]+)$/.exec(url.pathname);
    const [, apiGroup, namespace, plural = ''] = match ?? [];
    const resource =
      apiGroup === 'spark.apache.org' || apiGroup === 'metrics.k8s.io' ? `${plural}.${apiGroup}` : plural;
    const count = (counts.get(resource) ?? 0) + 1;
    counts.set(resource, count);
    if (trouble(resource, count, response, url)) return;
    const all = lists[resource];
    if (!all) return /spark|metrics/.test(resource) ? sendText(response) : sendList(response, [], url);
    sendList(response, namespace ? all.filter((item) => item.metadata.namespace === namespace) : all, url);
  });
  return { ...server, requests };
}

/** What the server says of a custom resource that was never defined. */
function sendText(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain' });
  response.end('404 page not found\n');
}

function sendList(response: ServerResponse, items: Item[], url: URL): void {
  const limit = Number(url.searchParams.get('limit') ?? items.length);
  const from = Number(url.searchParams.get('continue') ?? 0);
  const next = from + limit < items.length ? String(from + limit) : '';
  sendJson(response, 200, {
    kind: 'List',
    apiVersion: 'v1',
    metadata: { resourceVersion: '1', ...(next ? { continue: next } : {}) },
    items: items.slice(from, from + limit),
  });
}

export function sendStatus(response: ServerResponse, code: number, message: string): true {
  sendJson(response, code, status(code, message));
  return true;
}

export function kubeconfigFor(url: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'fake-cluster', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'none' } }],
    contexts: [{ name: 'here', context: { cluster: 'fake-cluster', user: 'me', namespace: 'web' } }],
  });
}
