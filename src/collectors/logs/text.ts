import { redactText } from '../spark/redact.js';

/** What is kept of one log. */
export const MOST_BYTES = 256 * 1024;

/** `2024-05-01T02:00:00.123456789Z stdout F ` of the container runtime's files. */
const RUNTIME_PREFIX = /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] /;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;
const JWT = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;
const ESCAPE = String.fromCharCode(0x1b);
/** Colours and other orders to a terminal. */
const ESCAPES = new RegExp(`${ESCAPE}\\[[\\d;]*[A-Za-z]`, 'g');

/** The end of a log as it is stored: whole lines, without secrets, without orders to a terminal. */
export function keptText(log: string, tailLines: number): string {
  const lines = log.replaceAll(ESCAPES, '').trimEnd().split('\n').slice(-tailLines);
  let bytes = 0;
  let first = lines.length;
  while (first > 0 && bytes <= MOST_BYTES) bytes += Buffer.byteLength(lines[--first] ?? '') + 1;
  const kept = lines.slice(bytes > MOST_BYTES ? first + 1 : first).map((line) => line.replace(RUNTIME_PREFIX, ''));
  return redactText(
    kept
      .join('\n')
      .replaceAll(PRIVATE_KEY, '(a private key)')
      .replaceAll(BEARER, '$1 (redacted)')
      .replaceAll(JWT, '(a token)'),
  );
}
