import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';

/** One recorded request and what the real server answered. */
export const Exchange = z.object({
  method: z.string(),
  /** Path with its query, sorted by name. */
  url: z.string(),
  /** The body, form fields sorted by name; empty for GET. */
  body: z.string(),
  /** AWS JSON operations are told apart by `x-amz-target` alone. */
  target: z.string(),
  status: z.number(),
  contentType: z.string(),
  response: z.string(),
});
export type Exchange = z.infer<typeof Exchange>;

export type Request = Pick<Exchange, 'method' | 'url' | 'body' | 'target'>;

function sortedFields(text: string): string {
  const fields = new URLSearchParams(text);
  fields.sort();
  return fields.toString();
}

/** The request in the form in which it is compared: order of fields and headers such as dates do not count. */
export function normalise(method: string, url: string, contentType: string, body: string, target: string): Request {
  const [path = '', query = ''] = url.split('?', 2);
  const fields = sortedFields(query);
  return {
    method,
    url: fields ? `${path}?${fields}` : path,
    body: contentType.includes('application/x-www-form-urlencoded') ? sortedFields(body) : body,
    target,
  };
}

export function keyOf({ method, url, body, target }: Request): string {
  return `${method} ${url}\n${target}\n${body}`;
}

/** Reads a recording (`.jsonl.gz`, one exchange a line). */
export async function readExchanges(file: string): Promise<Exchange[]> {
  const lines = createInterface({
    input: createReadStream(file).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  const exchanges: Exchange[] = [];
  for await (const line of lines) if (line) exchanges.push(Exchange.parse(JSON.parse(line)));
  return exchanges;
}
