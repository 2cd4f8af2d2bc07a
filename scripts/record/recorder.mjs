// A proxy on loopback that forwards each request to the real server and keeps what it answered.

// A proxy on loopback that forwards each request to the real server and keeps what it answered.
import http, { createServer } from 'node:http';
import https from 'node:https';
import { keyOf, normalise } from '../../dist/replay/exchange.js';
import { bodyOf } from '../../dist/replay/server.js';

function forward(target, path, method, headers, body) {
  const url = new URL(target.url);
  const client = url.protocol === 'https:' ? https : http;
  const options = { method, headers: { ...headers, host: url.host, ...target.headers }, ca: target.ca };
  return new Promise((resolve, reject) => {
    const request = client.request(`${target.url}${path}`, options, async (response) => {
      resolve({
        status: response.statusCode,
        contentType: response.headers['content-type'] ?? '',
        response: await bodyOf(response),
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** @param targets prefix → {url, headers?, ca?} */
export async function startRecorder(targets) {
  const exchanges = new Map();
  const server = createServer(async (incoming, outgoing) => {
    const prefix = Object.keys(targets).find((each) => incoming.url.startsWith(each));
    const {
      'accept-encoding': _encoding,
      connection: _connection,
      'content-length': _length,
      ...headers
    } = incoming.headers;
    const body = await bodyOf(incoming);
    const answer = await forward(
      targets[prefix],
      incoming.url.slice(prefix.length) || '/',
      incoming.method,
      headers,
      body,
    );
    const target = String(incoming.headers['x-amz-target'] ?? '');
    const request = normalise(incoming.method, incoming.url, incoming.headers['content-type'] ?? '', body, target);
    exchanges.set(keyOf(request), { ...request, ...answer });
    outgoing.writeHead(answer.status, { 'content-type': answer.contentType });
    outgoing.end(answer.response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    exchanges,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
