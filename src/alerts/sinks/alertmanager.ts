import { createHash } from 'node:crypto';
import { DAY_MS, isoTime } from '../../model/window.js';
import type { AlertEvent } from '../event.js';
import { linksOf, type Places, type Post, redactor, type Sink } from './sink.js';

/** Longer than any pause between two nights that is no fault: an alert that is not renewed by then ends. */
const LASTS_MS = 7 * DAY_MS;

function alertOf(event: AlertEvent, places: Places, nowMs: number): unknown[] {
  const links = linksOf(event, places);
  const isOver = event.action === 'resolve';
  return [
    {
      // Labels name the alert. A severity among them would make it another alert when it changes.
      labels: { alertname: 'SparkfitFindings', cluster: event.cluster, family: event.family, sparkfit_key: event.key },
      annotations: {
        summary: event.summary,
        severity: event.severity,
        findings: event.members.map(({ title, where }) => `${title} (${where})`).join('\n'),
        ...(links[0] ? { links: links.map(({ href }) => href).join('\n') } : {}),
      },
      startsAt: isoTime(Math.min(event.atMs, nowMs)),
      endsAt: isoTime(isOver ? nowMs : nowMs + LASTS_MS),
      ...(places.reportUrl ? { generatorURL: places.reportUrl } : {}),
    },
  ];
}

/** Alertmanager's API v2. It keeps no alert over its own restart, so that it is told every night what is open. */
export function alertmanager(url: string, places: Places): Sink {
  const base = url.replace(/\/+$/, '');
  const post = (event: AlertEvent, nowMs: number): Post => ({
    url: `${base}/api/v2/alerts`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alertOf(event, places, nowMs)),
  });
  return {
    id: 'alertmanager',
    identity: createHash('sha256').update(base).digest('hex').slice(0, 16),
    forgets: true,
    takesChanges: false,
    accepts: (status) => status === 200,
    post,
    preview: (event) => post(event, event.atMs),
    redact: redactor([]),
  };
}
