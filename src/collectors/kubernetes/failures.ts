import { z } from 'zod';
import { messageOf } from '../../model/errors.js';
import { Status } from './schema.js';

/** What the client throws, or the network below it. */
const Failure = z.object({
  code: z.union([z.number(), z.string()]).nullish(),
  body: z.unknown().optional(),
  name: z.string().nullish(),
  type: z.string().nullish(),
});

export function codeOf(error: unknown): number | string | undefined {
  return Failure.safeParse(error).data?.code ?? undefined;
}

/** The server's own words, which the client leaves as JSON text in `body`. */
export function reasonOf(error: unknown): string {
  const body = Failure.safeParse(error).data?.body;
  if (typeof body !== 'string') return messageOf(error);
  try {
    return Status.parse(JSON.parse(body)).message;
  } catch {
    return body.trim().split('\n')[0] || messageOf(error);
  }
}

export function isTimeout(error: unknown): boolean {
  return Failure.safeParse(error).data?.name === 'AbortError';
}

export function isRetryable(error: unknown): boolean {
  const code = codeOf(error);
  if (typeof code === 'number') return code === 429 || (code >= 500 && code !== 501);
  if (typeof code === 'string') return code !== 'ENOTFOUND' && !code.includes('CERT');
  return isTimeout(error) || Failure.safeParse(error).data?.type === 'system';
}
