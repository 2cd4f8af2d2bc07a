import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, LedgerKind, Subject } from '../../src/model/finding.js';
import { LEDGER_ORDER } from '../../src/model/finding.js';
import { bookSavings, type CostScopes, ownKey, workloadKey } from '../../src/recommend/ledger.js';

let serial = 0;
function finding(
  rule: LedgerKind | 'none',
  subject: Subject,
  usdPerMonth: number | null,
  freedCpuCores: number | null = null,
): Finding {
  return {
    rule,
    state: 'finding',
    severity: 'warning',
    fingerprint: String(serial++).padStart(6, '0'),
    subject,
    title: '',
    evidence: [],
    impact: { usdPerMonth, freedCpuCores, freedMemoryBytes: null, secondsPerRun: null },
    confidence: { value: 1, why: '' },
    recommendation: null,
    links: {},
  };
}

const ledgerOf = (rule: string) => LEDGER_ORDER.find((kind) => kind === rule) ?? null;
const API: Subject = { kind: 'Deployment', namespace: 'web', name: 'api' };
const CLAIM: Subject = { kind: 'PersistentVolumeClaim', namespace: 'web', name: 'data' };
const NODE: Subject = { kind: 'Node', name: 'n1' };
const GROUP: Subject = { kind: 'NodeGroup', name: 'big' };

const SCOPES: CostScopes = {
  workloads: new Map([
    [
      workloadKey('web', 'Deployment', 'api'),
      new Map([
        ['n1', 60],
        ['n2', 20],
      ]),
    ],
  ]),
  nodes: new Map([
    ['n1', 100],
    ['n2', 50],
  ]),
  own: new Map([[ownKey('EBSVolume', undefined, 'vol-1'), 10]]),
  aliases: new Map([[ownKey('PersistentVolumeClaim', 'web', 'data'), ownKey('EBSVolume', undefined, 'vol-1')]]),
  parts: new Map([[ownKey('EC2Instance', undefined, 'i-off'), [ownKey('EBSVolume', undefined, 'vol-1')]]]),
  nodeGroups: new Map([['big', ['n1', 'n2']]]),
  capacity: new Map([[workloadKey('web', 'Deployment', 'api'), { cpuCores: 4, memoryBytes: 8 }]]),
};

function booked(findings: readonly Finding[], scopes = SCOPES): (number | null)[] {
  return bookSavings(findings, ledgerOf, scopes).map(({ impact }) => impact.usdPerMonth);
}

describe('bookSavings', () => {
  it('books idle before size, whatever the order of the findings', () => {
    expect(booked([finding('size', API, 50), finding('idle', API, 70)])).toEqual([10, 70]);
  });

  it('gives no more than the thing costs', () => {
    expect(booked([finding('idle', API, 1000)])).toEqual([80]);
    expect(booked([finding('idle', NODE, 1000)])).toEqual([100]);
  });

  it('takes what a workload saves from its nodes', () => {
    expect(booked([finding('idle', API, 80), finding('idle', GROUP, 1000)])).toEqual([0, 150]);
    expect(booked([finding('idle', API, 80), finding('size', GROUP, 1000)])).toEqual([80, 70]);
    const standing = { ...NODE, nodeGroup: GROUP.name };
    expect(booked([finding('idle', API, 80), finding('size', standing, 1000)])).toEqual([80, 70]);
  });

  it('what goes with a whole node is not saved again on another', () => {
    expect(booked([finding('idle', NODE, 100), finding('idle', API, 80), finding('size', API, 40)])).toEqual([
      100, 20, 0,
    ]);
    expect(booked([finding('idle', NODE, 100), finding('size', API, 40)])).toEqual([100, 10]);
  });

  it('a share of the price is a share of what is left', () => {
    expect(booked([finding('spot', GROUP, 75), finding('idle', API, 80)])).toEqual([
      expect.closeTo((75 * 70) / 150, 9),
      80,
    ]);
  });

  it('knows a claim and its volume for one thing', () => {
    expect(booked([finding('idle', CLAIM, 10), finding('idle', { kind: 'EBSVolume', name: 'vol-1' }, 10)])).toEqual([
      10, 0,
    ]);
  });

  it('books the storage of a stopped instance once, however it is found', () => {
    const stopped = finding('idle', { kind: 'EC2Instance', name: 'i-off' }, 10);
    expect(booked([stopped, finding('idle', CLAIM, 10)])).toEqual([10, 0]);
    expect(booked([finding('idle', { kind: 'EBSVolume', name: 'vol-1' }, 4), stopped])).toEqual([0, 10]);
  });

  it('leaves alone what saves nothing, and what has no price', () => {
    expect(booked([finding('none', API, 5), finding('idle', API, null)])).toEqual([5, null]);
  });

  it('of a thing whose cost is not known nothing can be saved', () => {
    expect(booked([finding('idle', { kind: 'EC2Instance', name: 'i-1' }, 5)])).toEqual([0]);
  });

  it('frees each core once', () => {
    const result = bookSavings([finding('size', API, 1, 3), finding('idle', API, 1, 3)], ledgerOf, SCOPES);
    expect(result.map(({ impact }) => impact.freedCpuCores)).toEqual([1, 3]);
  });

  it('never saves more than is paid, in no scope, and never a negative amount', () => {
    const usd = fc.double({ min: 0, max: 1000, noNaN: true });
    const world = fc.record({
      // Per node: what each of three workloads pays there, and what is idle.
      nodes: fc.array(fc.record({ shares: fc.tuple(usd, usd, usd), idle: usd }), { minLength: 1, maxLength: 4 }),
      own: fc.array(usd, { maxLength: 3 }),
      claims: fc.array(
        fc.record({
          kind: fc.constantFrom(...LEDGER_ORDER),
          on: fc.constantFrom('workload', 'node', 'group', 'own'),
          index: fc.nat(3),
          usd: fc.oneof(usd, fc.double({ min: -10, max: 1e6, noNaN: true })),
        }),
        { maxLength: 40 },
      ),
    });
    fc.assert(
      fc.property(world, ({ nodes, own, claims }) => {
        const names = nodes.map((_, n) => `n${n}`);
        const costs: CostScopes = {
          ...SCOPES,
          nodes: new Map(nodes.map(({ shares, idle }, n) => [`n${n}`, shares[0] + shares[1] + shares[2] + idle])),
          workloads: new Map(
            ([0, 1, 2] as const).map((w) => [
              workloadKey('ns', 'Job', `w${w}`),
              new Map(nodes.map(({ shares }, n) => [`n${n}`, shares[w]])),
            ]),
          ),
          own: new Map(own.map((each, i) => [ownKey('EC2Instance', undefined, `i-${i}`), each])),
          nodeGroups: new Map([
            ['g0', names],
            ['g1', names.slice(0, 1)],
          ]),
        };
        const subjectOf = (on: string, index: number): Subject =>
          on === 'workload'
            ? { kind: 'Job', namespace: 'ns', name: `w${index}` }
            : on === 'node'
              ? { kind: 'Node', name: `n${index}` }
              : on === 'group'
                ? { kind: 'NodeGroup', name: `g${index}` }
                : { kind: 'EC2Instance', name: `i-${index}` };
        const findings = claims.map((claim) => finding(claim.kind, subjectOf(claim.on, claim.index), claim.usd));
        const result = bookSavings(findings, ledgerOf, costs);
        const savedBy = (pick: (subject: Subject) => boolean) =>
          result.filter(({ subject }) => pick(subject)).reduce((sum, each) => sum + (each.impact.usdPerMonth ?? 0), 0);
        const sumOf = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
        const most = (cost: number) => cost * (1 + 1e-9) + 1e-9;

        for (const { impact } of result) expect(impact.usdPerMonth).toBeGreaterThanOrEqual(0);
        expect(savedBy(() => true)).toBeLessThanOrEqual(most(sumOf(costs.nodes.values()) + sumOf(costs.own.values())));
        expect(savedBy(({ kind }) => kind !== 'EC2Instance')).toBeLessThanOrEqual(most(sumOf(costs.nodes.values())));
        for (const [key, byNode] of costs.workloads)
          expect(savedBy((s) => workloadKey(s.namespace, s.kind, s.name) === key)).toBeLessThanOrEqual(
            most(sumOf(byNode.values())),
          );
        for (const [name, cost] of costs.nodes)
          expect(savedBy((s) => s.kind === 'Node' && s.name === name)).toBeLessThanOrEqual(most(cost));
        for (const [key, cost] of costs.own)
          expect(savedBy((s) => ownKey(s.kind, undefined, s.name) === key)).toBeLessThanOrEqual(most(cost));
      }),
      { numRuns: 500 },
    );
  });
});
