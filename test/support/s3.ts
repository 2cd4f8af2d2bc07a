import type { ServerResponse } from 'node:http';
import { startServer } from './http.js';

const esc = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** S3's list and get over one bucket, path style, some keys a page. */
export interface S3Server {
  url: string;
  objects: Map<string, Buffer>;
  requests: string[];
  /** Status and error code for what a request's key or prefix begins with. */
  refuse?: { begins: string; status: number; code: string } | undefined;
  close(): Promise<void>;
}

const PAGE = 2;

function listXml(bucket: string, objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string {
  const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
  const from = Number(query.get('continuation-token') ?? 0);
  const page = keys.slice(from, from + PAGE);
  const more = from + PAGE < keys.length;
  const contents = page.map((key) => {
    const body = objects.get(key) ?? Buffer.alloc(0);
    // Entity tags change with the content.
    const tag = body.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, body.length);
    return `<Contents><Key>${esc(key)}</Key><Size>${body.length}</Size><ETag>"${tag}"</ETag><LastModified>2021-06-01T00:00:00.000Z</LastModified></Contents>`;
  });
  return `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : ''}${contents.join('')}</ListBucketResult>`;
}

export async function startS3(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const send = (response: ServerResponse, status: number, body: string | Buffer) => {
    response.writeHead(status, {
      'content-type': typeof body === 'string' ? 'application/xml' : 'binary/octet-stream',
    });
    response.end(body);
  };
  const error = (response: ServerResponse, status: number, code: string) =>
    send(response, status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  const server = await startServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const [, name = '', ...rest] = decodeURIComponent(url.pathname).split('/');
    const key = rest.join('/');
    requests.push(key === '' ? `list ${url.searchParams.get('prefix')}` : `get ${key}`);
    const { refuse } = s3;
    if (refuse && (key || (url.searchParams.get('prefix') ?? '')).startsWith(refuse.begins))
      return error(response, refuse.status, refuse.code);
    if (name !== bucket) return error(response, 404, 'NoSuchBucket');
    if (key === '') return send(response, 200, listXml(bucket, objects, url.searchParams));
    const body = objects.get(key);
    return body ? send(response, 200, body) : error(response, 404, 'NoSuchKey');
  });
  const s3: S3Server = { url: server.url, objects, requests, close: server.close };
  return s3;
}
