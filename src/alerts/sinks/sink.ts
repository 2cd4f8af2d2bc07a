import type { AlertEvent } from '../event.js';

/** What is posted to a receiver. */
export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A receiver of events. */
export interface Sink {
  readonly id: 'pagerduty' | 'alertmanager' | 'slack' | 'webhook';
  /** Of address and credentials, as a hash: another address is told everything anew. */
  readonly identity: string;
  /** Whether it forgets what it is not told again (Alertmanager): every run tells it what is open. */
  readonly forgets: boolean;
  /** Whether it has a use for changes that are neither open nor resolved. */
  readonly takesChanges: boolean;
  /** Statuses that mean: taken. */
  accepts(status: number): boolean;
  /** @param nowMs - of the moment of sending, for signatures. */
  post(event: AlertEvent, nowMs: number): Post;
  /** The same for people: every secret is replaced. */
  preview(event: AlertEvent): Post;
  /** Takes secrets out of what the receiver said. */
  redact(text: string): string;
}

/** Where alerts lead to; empty: nowhere. */
export interface Places {
  reportUrl: string;
  dashboardUrl: string;
  docsUrl: string;
}

export interface Link {
  href: string;
  text: string;
}

const MOST_LINKS = 20;

export function reportLink({ reportUrl }: Places, fingerprint: string): string {
  return `${reportUrl.split('#')[0]}#finding=${encodeURIComponent(fingerprint)}`;
}

export function ruleLink({ docsUrl }: Places, rule: string): string {
  return `${docsUrl.replace(/\/+$/, '')}/rules/${rule}.md`;
}

/** Links to the findings in the report, to the dashboard, and to the pages of the rules. */
export function linksOf(event: AlertEvent, places: Places): Link[] {
  const findings = places.reportUrl
    ? event.members.map((member) => ({
        href: reportLink(places, member.fingerprint),
        text: `Report: ${member.title.slice(0, 100)}`,
      }))
    : [];
  const rules = places.docsUrl
    ? [...new Set(event.members.map(({ rule }) => rule))].map((rule) => ({
        href: ruleLink(places, rule),
        text: `What ${rule} means`,
      }))
    : [];
  const dashboard = places.dashboardUrl ? [{ href: places.dashboardUrl, text: 'Dashboard' }] : [];
  return [...dashboard, ...findings.slice(0, MOST_LINKS), ...rules.slice(0, MOST_LINKS)];
}

export const REDACTED = '***';

export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length > 0);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
}
