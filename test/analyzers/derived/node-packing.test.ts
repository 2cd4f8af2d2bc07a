import { describe, expect, it } from 'vitest';
import { idleNode } from '../../../src/analyzers/idle/node.js';
import { Config } from '../../../src/config/schema.js';
import { buildReport } from '../../../src/reports/build.js';
import { evaluate } from '../fixture.js';
import { cluster, WINDOW } from '../idle/nodes.js';

type Nodes = Parameters<typeof cluster>[0];

/** Which nodes the rule finds, and which the plan lists. */
function leaving(nodes: Nodes) {
  const { db } = cluster(nodes);
  const config = Config.parse({ cluster: 'test' });
  const report = buildReport({ db, window: WINDOW, config, version: '0', nowMs: WINDOW.untilMs, rules: [idleNode] });
  const found = report.findings.filter(({ state }) => state === 'finding').map(({ subject }) => subject.name);
  return { found: found.sort(), planned: (report.nodePlan?.removable ?? []).map(({ name }) => name).sort() };
}

/** A job that fills a part of its node in one hour of each day and is not there now. */
const job = (cores: number, hourOfDay: number) => ({
  ...{ cores, kind: 'Job', ended: true },
  use: (hour: number) => (hour % 24 === hourOfDay ? cores : undefined),
});

/** Full enough never to be idle, with room for 3 cores. */
const OTHER = { pods: [{ cores: 5 }] };
const NONE = { found: [], planned: [] };

describe('nodes that could go, by the rule and by the plan', () => {
  it('lists an empty one in both', () => {
    expect(leaving({ n1: {}, n2: OTHER })).toEqual({ found: ['n1'], planned: ['n1'] });
  });

  it('lists one that a job fills each night in neither', () => {
    expect(leaving({ n1: { pods: [job(8, 2)] }, n2: OTHER })).toEqual(NONE);
    expect(leaving({ n1: { pods: [job(4, 2)] }, n2: OTHER })).toEqual(NONE);
  });

  it('lists it in both if the others have room for the job', () => {
    expect(leaving({ n1: { pods: [job(3, 2)] }, n2: OTHER })).toEqual({ found: ['n1'], planned: ['n1'] });
  });

  it('says at which hours something comes', () => {
    const found = evaluate(cluster({ n1: { pods: [job(3, 2)] }, n2: OTHER }).store, idleNode, WINDOW);
    expect(found.find(({ state }) => state === 'finding')?.confidence.why).toContain(
      'at 02:00 UTC for what comes to it',
    );
  });

  it('looks at the hour of the job only', () => {
    const [day, night] = [{ pods: [job(8, 2)] }, { pods: [{ cores: 1 }, job(7, 14)] }];
    // n2 has room for the night's job, and is then full at two hours.
    expect(leaving({ n1: day, n2: night }).planned).toEqual([]);
    expect(leaving({ n1: { pods: [job(7, 2)] }, n2: night })).toEqual({ found: ['n1'], planned: ['n1'] });
  });

  it('merges two that are filled at different hours if a third has room at both', () => {
    const both = { n1: { pods: [job(6, 2)] }, n2: { pods: [job(6, 14)] } };
    expect(leaving({ ...both, n3: { pods: [{ cores: 2 }] } })).toEqual({
      found: ['n1', 'n2'],
      planned: ['n1', 'n2'],
    });
    const atOnce = { n1: { pods: [job(6, 2)] }, n2: { pods: [job(6, 2)] } };
    expect(leaving({ ...atOnce, n3: { pods: [{ cores: 2 }] } }).planned).toEqual(['n1']);
  });
});
