import { createHash } from 'node:crypto';
import { isoTime } from '../../model/window.js';
import { toolVersion } from '../../version.js';
import type { AlertEvent } from '../event.js';
import { linksOf, type Places, type Post, REDACTED, redactor, type Sink } from './sink.js';

/** The API's limit is 512 KB; Alertmanager's notifier keeps to the same. */
const MOST_BYTES = 512_000;
const HEADERS = { 'content-type': 'application/json' };

function detailsOf(event: AlertEvent, members: AlertEvent['members']): Record<string, unknown> {
  const left = event.total - members.length;
  return {
    findings: members,
    ...(left > 0 ? { more: `${left} more findings in the report` } : {}),
    usdPerMonth: event.usdPerMonth,
    total: event.total,
    sparkfit: toolVersion(),
  };
}

function bodyWith(event: AlertEvent, routingKey: string, places: Places, members: AlertEvent['members']) {
  const payload = {
    summary: event.summary,
    source: event.cluster,
    timestamp: isoTime(event.atMs),
    custom_details: detailsOf(event, members),
  };
  const links = linksOf({ ...event, members }, places);
  if (event.action === 'change') return { routing_key: routingKey, payload, ...(links.length ? { links } : {}) };
  if (event.action === 'resolve') return { routing_key: routingKey, event_action: 'resolve', dedup_key: event.key };
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: event.key,
    client: 'sparkfit',
    ...(places.reportUrl ? { client_url: places.reportUrl } : {}),
    payload: {
      ...payload,
      severity: event.severity,
      component: event.members[0]?.where,
      group: event.family,
      class: event.members[0]?.rule,
    },
    ...(links.length ? { links } : {}),
  };
}

/** The body, with fewer findings told the larger it would be. */
function bodyOf(event: AlertEvent, routingKey: string, places: Places): string {
  for (let count = event.members.length; ; count = Math.floor(count / 2)) {
    const body = JSON.stringify(bodyWith(event, routingKey, places, event.members.slice(0, count)));
    if (Buffer.byteLength(body) < MOST_BYTES || count === 0) return body;
  }
}

/** PagerDuty's Events API v2. Only 202 means that an event was taken. */
export function pagerduty(url: string, routingKey: string, places: Places): Sink {
  const base = url.replace(/\/+$/, '');
  const postWith = (event: AlertEvent, key: string): Post => ({
    url: `${base}/v2/${event.action === 'change' ? 'change/enqueue' : 'enqueue'}`,
    headers: HEADERS,
    body: bodyOf(event, key, places),
  });
  return {
    id: 'pagerduty',
    identity: createHash('sha256').update(`${base} ${routingKey}`).digest('hex').slice(0, 16),
    forgets: false,
    takesChanges: true,
    accepts: (status) => status === 202,
    post: (event) => postWith(event, routingKey),
    preview: (event) => postWith(event, REDACTED),
    redact: redactor([routingKey]),
  };
}
