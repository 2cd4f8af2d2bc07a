import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { UsageError } from '../model/errors.js';

/** Shorter tokens can be guessed. */
const SHORTEST_TOKEN = 16;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Who may be served where: without a token only this machine.
 * @throws UsageError for another address without a token, or with a token that can be guessed.
 */
export function checkToken(host: string, token: string | undefined): void {
  if (token !== undefined && token.length < SHORTEST_TOKEN)
    throw new UsageError(`SPARKFIT_SERVE_TOKEN has fewer than ${SHORTEST_TOKEN} characters`, {
      hint: 'Make one with: openssl rand -hex 24',
    });
  if (token === undefined && !isLoopback(host))
    throw new UsageError(`--host ${host} can be reached by others, and SPARKFIT_SERVE_TOKEN is not set`, {
      hint: 'Set the token, or leave --host at 127.0.0.1.',
    });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The token as `Bearer`, or as the password of a browser's own prompt. */
function givenToken(header: string): string | undefined {
  const [, scheme = '', rest = ''] = /^(\w+) +(.*)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return rest;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(rest, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

export function isAllowed(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return hasOwnHost(request);
  const given = givenToken(request.headers.authorization ?? '');
  // Of equal length, compared in equal time.
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

/** A page of another site whose name was made to resolve to this machine still names itself. */
function hasOwnHost({ headers }: IncomingMessage): boolean {
  return isLoopback((headers.host ?? '').replace(/:\d+$/, ''));
}
