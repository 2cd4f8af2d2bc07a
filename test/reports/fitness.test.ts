import { describe, expect, it } from 'vitest';
import { idleWorkload } from '../../src/analyzers/idle/workload.js';
import { cpuOverRequested } from '../../src/analyzers/sizing/cpu-over-requested.js';
import { Config } from '../../src/config/schema.js';
import type { Finding, Severity } from '../../src/model/finding.js';
import { DAY_MS } from '../../src/model/window.js';
import { buildReport } from '../../src/reports/build.js';
import { gradeOf, riskOf } from '../../src/reports/sections/fitness.js';
import { Fleet } from '../support/fleet.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 4 * DAY_MS, untilMs: UNTIL };
const RULES = [cpuOverRequested, idleWorkload];

function fitnessOf(fleet: Fleet) {
  const config = Config.parse({});
  const report = buildReport({ db: fleet.db, window: WINDOW, config, version: '1', nowMs: UNTIL, rules: RULES });
  return { fitness: report.fitness ?? [], spend: report.spend };
}

function finding(rule: string, severity: Severity): Finding {
  return {
    rule,
    severity,
    state: 'finding',
    fingerprint: '0',
    subject: { kind: 'Deployment', name: 'x' },
    title: '',
    evidence: [],
    impact: { usdPerMonth: null, freedCpuCores: null, freedMemoryBytes: null, secondsPerRun: null },
    confidence: { value: 1, why: '' },
    recommendation: null,
    links: {},
  };
}

describe('the fitness score', () => {
  it('is the share of the cost that findings would not save, per namespace', () => {
    const busy = () => ({ cpuCores: 4 });
    const idle = () => ({ cpuCores: 0.001 });
    const { fitness, spend } = fitnessOf(
      new Fleet(WINDOW)
        .node('n1')
        .prices()
        .workload({ namespace: 'ml', name: 'train', pods: [{ containers: [{ cpuRequestCores: 4, use: busy }] }] })
        .workload({ pods: [{ containers: [{ cpuRequestCores: 2, use: idle }], network: () => 0 }] }),
    );
    expect(fitness.map(({ scope, key, score, grade }) => [scope, key, Math.round(score ?? -1), grade])).toEqual([
      ['namespace', 'web', 0, 'F'],
      ['namespace', 'ml', 100, 'A'],
    ]);
    for (const row of fitness) {
      const cost = spend.byNamespace.find(({ key }) => key === row.key)?.usdPerMonth;
      expect(row.usdPerMonth).toBeCloseTo(cost ?? Number.NaN, 9);
      expect(row.recoverableUsdPerMonth).toBeCloseTo((1 - (row.wellSpentShare ?? Number.NaN)) * (cost ?? 0), 9);
    }
  });

  it.each([
    ['without a price', (fleet: Fleet) => fleet.node('n1', { instanceType: 'x9.unknown' })],
    ['with too little history to judge', (fleet: Fleet) => fleet.node('n1').prices()],
  ])('is not given %s', (_, prepare) => {
    const use = (hour: number) => (hour < 3 ? { cpuCores: 1 } : undefined);
    const fleet = prepare(new Fleet(WINDOW)).workload({ pods: [{ containers: [{ cpuRequestCores: 2, use }] }] });
    expect(fitnessOf(fleet).fitness).toMatchObject([{ key: 'web', score: null, grade: null }]);
  });

  it.each([
    [
      [
        ['sizing/memory-oom', 'critical'],
        ['sizing/memory-oom', 'critical'],
      ],
      10,
    ],
    [
      [
        ['security/run-as-root', 'warning'],
        ['resilience/no-pdb', 'warning'],
      ],
      6,
    ],
    [
      [
        ['idle/workload', 'warning'],
        ['spark/spill', 'warning'],
        ['security/x', 'info'],
      ],
      0,
    ],
    [
      [
        ['spark/job-failed', 'critical'],
        ['idle/workload', 'critical'],
      ],
      20,
    ],
    [Array.from({ length: 9 }, (_, i) => [`resilience/${i}`, 'critical']), 40],
  ] as [[string, Severity][], number][])(
    'deducts once per rule for risk, not for money or time: %j',
    (found, points) => {
      const findings = found.map(([rule, severity]) => finding(rule, severity));
      expect(riskOf(findings, new Set(['idle/workload', 'sizing/memory-oom'])).riskDeduction).toBe(points);
    },
  );

  it.each([
    [100, 'A'],
    [90, 'A'],
    [89, 'B'],
    [75, 'B'],
    [74, 'C'],
    [60, 'C'],
    [59, 'D'],
    [40, 'D'],
    [39, 'F'],
    [0, 'F'],
  ])('%i is %s', (score, grade) => {
    expect(gradeOf(score)).toBe(grade);
  });
});
