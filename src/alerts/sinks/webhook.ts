import { createHash, createHmac } from 'node:crypto';
import { isoTime } from '../../model/window.js';
import type { AlertEvent } from '../event.js';
import { linksOf, type Places, type Post, REDACTED, redactor, type Sink } from './sink.js';

/** Hex HMAC-SHA-256 of `<seconds>.<body>`: the time is signed too, so that an old request cannot be sent again. */
export function signature(secret: string, seconds: number, body: string): string {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
}

/** Any receiver that takes JSON and can check the signature. */
export function webhook(url: string, secret: string, places: Places): Sink {
  const bodyOf = ({ atMs, ...event }: AlertEvent) =>
    JSON.stringify({
      schema: 'sparkfit.alert/1',
      at: isoTime(atMs),
      ...event,
      links: linksOf({ atMs, ...event }, places),
    });
  const postWith = (event: AlertEvent, signed: string | undefined, body: string): Post => ({
    url,
    headers: {
      'content-type': 'application/json',
      'x-sparkfit-key': event.key,
      ...(signed ? { 'x-sparkfit-signature': signed } : {}),
    },
    body,
  });
  return {
    id: 'webhook',
    identity: createHash('sha256').update(url).digest('hex').slice(0, 16),
    forgets: false,
    takesChanges: true,
    accepts: (status) => status >= 200 && status < 300,
    post(event, nowMs) {
      const [seconds, body] = [Math.floor(nowMs / 1000), bodyOf(event)];
      const signed = secret ? `t=${seconds},v1=${signature(secret, seconds, body)}` : undefined;
      return postWith(event, signed, body);
    },
    preview: (event) => postWith(event, secret ? `t=…,v1=${REDACTED}` : undefined, bodyOf(event)),
    redact: redactor([secret]),
  };
}
