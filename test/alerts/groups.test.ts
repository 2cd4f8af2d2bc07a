import { describe, expect, it } from 'vitest';
import { groupKey } from '../../src/alerts/event.js';
import { groupsOf, isWorthAlert } from '../../src/alerts/groups.js';
import { pagerduty } from '../../src/alerts/sinks/pagerduty.js';
import { HOSTILE } from '../reports/sample.js';
import { AT, open } from './records.js';

const WHERE = { cluster: 'prod', atMs: AT };
const FLOORS = { minUsdPerMonth: 100, minSeverity: 'critical' } as const;
const NONE: ReadonlySet<string> = new Set();

describe('what is worth an alert', () => {
  it.each<[string, Parameters<typeof open>[1], boolean, boolean]>([
    ['a critical one without dollars', { severity: 'critical', usd: null }, false, true],
    ['a warning below the floor', { severity: 'warning', usd: 99.99 }, false, false],
    ['a warning at the floor', { severity: 'warning', usd: 100 }, false, true],
    ['one that was in and costs a little less', { severity: 'warning', usd: 80 }, true, true],
    ['one that was in and costs much less', { severity: 'warning', usd: 79.99 }, true, false],
    ['a warning of unknown price', { severity: 'warning', usd: null }, false, false],
    ['an info at the floor', { severity: 'info', usd: 100 }, false, true],
  ])('%s', (_, part, wasIn, expected) => {
    expect(isWorthAlert(open('api', part), FLOORS, wasIn)).toBe(expected);
  });

  it('nothing that waits, is over, or is muted', () => {
    const record = open('api');
    const mute = { kind: 'accepted' as const, sinceMs: 0, untilMs: null, by: '', why: '' };
    expect(isWorthAlert({ ...record, state: 'pending' }, FLOORS, false)).toBe(false);
    expect(isWorthAlert({ ...record, state: 'resolved' }, FLOORS, true)).toBe(false);
    expect(isWorthAlert({ ...record, mute }, FLOORS, true)).toBe(false);
    expect(isWorthAlert({ ...record, unknownWhy: 'no data' }, FLOORS, true)).toBe(true);
  });

  it('without dollars where the floor is zero', () => {
    expect(isWorthAlert(open('api', { severity: 'info', usd: 0 }), { ...FLOORS, minUsdPerMonth: 0 }, false)).toBe(
      false,
    );
  });
});

describe('groups', () => {
  it('are one per family of rules: a bad night of one kind is one page', () => {
    const bad = Array.from({ length: 200 }, (_, i) => open(`job-${i}`, { rule: 'spark/job-failed', usd: null }));
    const groups = groupsOf([...bad, open('api', { usd: 500 })], WHERE, FLOORS, NONE);
    expect(groups.map(({ family, total, members }) => [family, total, members.length])).toEqual([
      ['spark', 200, 50],
      ['idle', 1, 1],
    ]);
    expect(groups[0]?.summary).toMatch(/^prod: 200 spark findings: .* and 199 more$/);
    expect(groups[1]?.summary).toMatch(/^prod: 1 idle finding, \$500\/month: /);
  });

  it('have a key of cluster and family, never of severity or members', () => {
    const [a] = groupsOf([open('a', { severity: 'critical' })], WHERE, FLOORS, NONE);
    const [b] = groupsOf([open('b', { severity: 'info', usd: 900 }), open('c')], WHERE, FLOORS, NONE);
    expect(a?.key).toBe(b?.key);
    expect(a?.key).toBe(groupKey('prod', 'idle'));
    const keys = [groupKey('prod', 'idle'), groupKey('prod', 'spark'), groupKey('dev', 'idle')];
    expect(new Set(keys).size).toBe(3);
    expect(groupKey('x'.repeat(10_000), 'idle').length).toBeLessThanOrEqual(255);
  });

  it('have the severity of the worst', () => {
    const groups = groupsOf([open('a', { severity: 'warning', usd: 900 }), open('b')], WHERE, FLOORS, NONE);
    expect(groups[0]).toMatchObject({ severity: 'critical', usdPerMonth: 950 });
  });
});

describe("PagerDuty's payload", () => {
  const places = {
    reportUrl: 'https://reports.example.com/sparkfit-report.html',
    dashboardUrl: 'https://grafana.example.com/d/1',
    docsUrl: 'https://docs.example.com/sparkfit/',
  };
  const sink = pagerduty('https://events.example.com/', 'K3Y', places);

  it('links to the finding in the report, the dashboard and the page of the rule', () => {
    const record = open('api');
    const [event] = groupsOf([record], WHERE, FLOORS, NONE);
    if (!event) throw new Error('no event');
    const { url, body } = sink.post(event, 0);
    const json = JSON.parse(body);
    expect(url).toBe('https://events.example.com/v2/enqueue');
    expect(json).toMatchObject({
      routing_key: 'K3Y',
      event_action: 'trigger',
      dedup_key: event.key,
      client: 'sparkfit',
      client_url: places.reportUrl,
      payload: {
        source: 'prod',
        severity: 'critical',
        timestamp: '2026-05-20T02:00:00Z',
        group: 'idle',
        class: 'idle/workload',
        component: 'Deployment web/api',
      },
    });
    expect(json.links.map(({ href }: { href: string }) => href)).toEqual([
      'https://grafana.example.com/d/1',
      `https://reports.example.com/sparkfit-report.html#finding=${record.fingerprint}`,
      'https://docs.example.com/sparkfit/rules/idle/workload.md',
    ]);
    expect(sink.preview(event).body).not.toContain('K3Y');
    expect(sink.redact('bad key K3Y')).toBe('bad key ***');
  });

  it.each(Object.entries(HOSTILE))('keeps its limits with names such as %s', (_, text) => {
    const records = Array.from({ length: 100 }, (_n, i) =>
      open(`${text}${i}`, {
        title: text,
        recommendation: { summary: text, patches: [], backtest: null },
        subject: { kind: text, cluster: text, namespace: text, name: `${text}${i}` },
      }),
    );
    const [event] = groupsOf(records, { cluster: text, atMs: AT }, FLOORS, NONE);
    if (!event) throw new Error('no event');
    const { body } = sink.post(event, 0);
    expect(Buffer.byteLength(body)).toBeLessThan(512_000);
    expect(Array.from(JSON.parse(body).payload.summary).length).toBeLessThanOrEqual(1024);
    expect(JSON.parse(body).dedup_key.length).toBeLessThanOrEqual(255);
  });

  it('tells fewer findings where they would be too many bytes', () => {
    const [event] = groupsOf([open('api')], WHERE, FLOORS, NONE);
    if (!event?.members[0]) throw new Error('no event');
    const long = { ...event.members[0], change: 'x'.repeat(100_000) };
    const { body } = sink.post({ ...event, total: 8, members: Array.from({ length: 8 }, () => long) }, 0);
    expect(Buffer.byteLength(body)).toBeLessThan(512_000);
    expect(JSON.parse(body).payload.custom_details).toMatchObject({ total: 8, more: '4 more findings in the report' });
  });
});
