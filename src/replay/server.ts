import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Exchange, keyOf, normalise, type Request } from './exchange.js';

export interface ReplayServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Requests that the recording does not hold. */
  readonly missed: readonly Request[];
  close(): Promise<void>;
}

/** The whole body of a request, as text. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

export async function requestOf(request: IncomingMessage): Promise<Request> {
  const target = request.headers['x-amz-target'];
  const body = await bodyOf(request);
  return normalise(
    request.method ?? 'GET',
    request.url ?? '/',
    request.headers['content-type'] ?? '',
    body,
    String(target ?? ''),
  );
}

function answer(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/**
 * Answers on loopback what real servers once answered, so that the real clients run unchanged.
 * A request asked twice gets the same answer twice.
 */
export async function startReplay(exchanges: Iterable<Exchange>): Promise<ReplayServer> {
  const answers = new Map<string, Exchange>();
  for (const exchange of exchanges) answers.set(keyOf(exchange), exchange);
  const missed: Request[] = [];
  const server = createServer((incoming, outgoing) => {
    requestOf(incoming).then(
      (request) => {
        const found = answers.get(keyOf(request));
        if (found) return answer(outgoing, found.status, found.contentType, found.response);
        missed.push(request);
        answer(outgoing, 501, 'application/json', JSON.stringify({ message: 'not in the recording', ...request }));
      },
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    missed,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
