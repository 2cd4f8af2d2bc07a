import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { artifactInput } from '../../src/analyzers/run.js';
import { GIB } from '../../src/model/quantity.js';
import { DAY_MS, HOUR_MS, HOURS_PER_MONTH } from '../../src/model/window.js';
import { buildCostReport } from '../../src/pricing/cost-report.js';
import { VIEWS, type ViewId } from '../../src/pricing/cost-views.js';
import { putInstances, putVolumes } from '../../src/store/instances.js';
import { putClaim, putStorageClass, putVolume } from '../../src/store/kubernetes-write.js';
import { testConfig } from '../analyzers/fixture.js';
import { Fleet, type TestPod } from '../support/fleet.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 6 * HOUR_MS, untilMs: UNTIL };

function reportOf(fleet: Fleet, by: ViewId = 'namespace', config = {}) {
  const input = artifactInput(fleet.db, fleet.window, testConfig(config));
  return buildCostReport(input, { by, label: 'team', timeZone: 'UTC' });
}

/** 100 GiB of gp3: 10 USD a month. */
function claim(fleet: Fleet): void {
  const gp3 = {
    name: 'gp3',
    provisioner: 'ebs.csi.aws.com',
    volumeType: 'gp3',
    reclaimPolicy: null,
    allowExpansion: null,
  };
  putStorageClass(fleet.db, { cluster: 'test', ...gp3 });
  putClaim(fleet.db, fleet.claimRecord());
}

const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** Any pod: of no request or of too much, of five minutes or of all hours, on a node that may be gone. */
const anyPod = fc
  .record({
    node: fc.constantFrom('n1', 'n2', 'gone', 'unpriced'),
    cores: fc.constantFrom(null, 0, 0.1, 4, 40),
    bytes: fc.constantFrom(null, 0, GIB, 200 * GIB),
    used: fc.constantFrom(0, 0.05, 3, 60),
    hours: fc.array(fc.nat(5), { maxLength: 6 }),
    brief: fc.boolean(),
    role: fc.constantFrom(undefined, 'driver' as const, 'executor' as const),
    team: fc.constantFrom(undefined, 'a', 'b'),
  })
  .map(({ node, cores, bytes, used, hours, brief, role, team }): TestPod => {
    const cpuCores = brief ? [used] : used;
    return {
      node,
      ...(role && { role, runName: 'run', appId: 'app-1' }),
      ...(team && { labels: { team } }),
      containers: [
        {
          cpuRequestCores: cores,
          memoryRequestBytes: bytes,
          use: (hour) => (hours.includes(hour) ? { cpuCores, memoryBytes: used * GIB } : undefined),
        },
      ],
    };
  });

describe('cost', () => {
  it('adds up in every view, whatever runs, comes and goes, and no part is negative', () => {
    const there = fc.tuple(
      fc.integer({ min: -2, max: 5 }),
      fc.integer({ min: 1, max: 80 }).map((tenths) => tenths / 10),
    );
    const pods = fc.array(anyPod, { maxLength: 12 });
    fc.assert(
      fc.property(pods, there, fc.constantFrom(...VIEWS), (all, [from, hours], by) => {
        const firstSeenMs = WINDOW.sinceMs + from * HOUR_MS;
        const fleet = new Fleet(WINDOW)
          .node('n1')
          .node('n2', { createdMs: firstSeenMs, firstSeenMs, lastSeenMs: firstSeenMs + Math.round(hours * HOUR_MS) })
          .node('unpriced', { instanceType: 'x9.huge' })
          .prices();
        all.forEach((pod, i) => {
          const kind = pod.role ? 'SparkApplication' : 'Deployment';
          fleet.workload({ kind, namespace: i % 2 ? 'web' : 'etl', name: `w${i}`, pods: [pod] });
        });
        claim(fleet);
        const { rows, totals, days } = reportOf(fleet, by, { cost: { controlPlaneUsdPerHour: 0.1 } });
        expect(sum(rows.map((row) => row.usd))).toBeCloseTo(totals.allocatedUsd, 8);
        expect(sum(rows.map((row) => row.idleUsd))).toBeCloseTo(totals.idleUsd, 8);
        expect(totals.usd).toBeCloseTo(totals.allocatedUsd + totals.idleUsd + totals.unclaimedUsd, 8);
        const fixed = 6 * 0.1 + (10 * 6) / HOURS_PER_MONTH;
        const compute = (totals.usd ?? 0) - fixed;
        // Six hours of the node that stays, and those of the other, which is there for what ran on it at least.
        const inWindow = Math.max(0, Math.min(6, from + hours) - Math.max(0, from));
        expect(compute).toBeGreaterThanOrEqual(6 + inWindow - 1e-9);
        expect(compute).toBeLessThanOrEqual(12 + 1e-9);
        expect(sum(days.map((day) => day.usd))).toBeCloseTo(totals.usd ?? 0, 8);
        for (const row of rows) {
          for (const part of [row.usd ?? 0, row.idleUsd, row.wastedUsd, row.volumeUsd, row.sharedUsd, row.cpuCoreHours])
            expect(part).toBeGreaterThanOrEqual(0);
          expect(row.efficiency ?? 0).toBeLessThanOrEqual(1 + 1e-9);
        }
        fleet.store.close();
      }),
      { numRuns: 150 },
    );
  });

  const half = {
    cpuRequestCores: 4,
    memoryRequestBytes: 16 * GIB,
    use: () => ({ cpuCores: 1, memoryBytes: 16 * GIB }),
  };

  it('of a pod is what it asks for, and its idle neighbour hours beside it', () => {
    const fleet = new Fleet(WINDOW)
      .node('n1')
      .prices()
      .workload({ pods: [{ containers: [half] }] });
    const { rows, totals } = reportOf(fleet, 'workload');
    expect(rows).toMatchObject([
      { key: 'web/Deployment/api', usd: expect.closeTo(3, 9), idleUsd: expect.closeTo(3, 9) },
    ]);
    expect(rows[0]?.usdPerMonth).toBeCloseTo(HOURS_PER_MONTH / 2, 6);
    expect(totals).toMatchObject({ priceCoverage: 1, unclaimedUsd: 0 });
  });

  it('is efficient as far as dollars requested are used; without a request there is no ratio', () => {
    const none = { use: () => ({ cpuCores: 0.5, memoryBytes: GIB }) };
    const fleet = new Fleet(WINDOW)
      .node('n1')
      .prices()
      .workload({ name: 'half', pods: [{ containers: [half] }] })
      .workload({ name: 'none', pods: [{ containers: [none] }] });
    const of = new Map(reportOf(fleet, 'workload').rows.map((row) => [row.key, row.efficiency]));
    const [cpu, memory] = [4 * 0.031611, 16 * 0.004237];
    expect(of.get('web/Deployment/half')).toBeCloseTo((cpu / 4 + memory) / (cpu + memory), 9);
    expect(of.get('web/Deployment/none')).toBeNull();
  });

  it('is unknown, not zero, on a node without a price', () => {
    const fleet = new Fleet(WINDOW).node('n1').workload({ pods: [{ containers: [half] }] });
    const { rows, totals, forecast } = reportOf(fleet);
    expect(rows).toMatchObject([
      { usd: null, usdPerMonth: null, cpuCoreHours: expect.closeTo(24, 9), priceCoverage: 0 },
    ]);
    expect({ usd: totals.usd, coverage: totals.priceCoverage, forecast }).toEqual({
      usd: null,
      coverage: 0,
      forecast: null,
    });
  });

  it('of a node is billed by the second: one that came half an hour before the end costs half an hour', () => {
    const firstSeenMs = UNTIL - HOUR_MS / 2;
    const fleet = new Fleet(WINDOW).node('n1', { createdMs: firstSeenMs, firstSeenMs }).prices();
    expect(reportOf(fleet, 'node-group').totals.usd).toBeCloseTo(0.5, 9);
  });

  it('of a claim goes to the workload that mounts it, in parts where several do', () => {
    const fleet = new Fleet(WINDOW).node('n1').prices();
    for (const name of ['a', 'b']) fleet.workload({ name, pods: [{ containers: [half] }] });
    claim(fleet);
    fleet.db.exec(`UPDATE volume_claim SET mounted_by = '["a-0","b-0"]'`);
    const { rows } = reportOf(fleet, 'workload');
    expect(rows.map(({ key, volumeUsd }) => [key, volumeUsd])).toEqual([
      ['web/Deployment/a', expect.closeTo((5 * 6) / HOURS_PER_MONTH, 9)],
      ['web/Deployment/b', expect.closeTo((5 * 6) / HOURS_PER_MONTH, 9)],
    ]);
  });

  it('of what nobody claims is apart: lone machines and loose volumes, not the disks of nodes', () => {
    const fleet = new Fleet(WINDOW).node('n1', { instanceId: 'i-node' }).prices();
    const machine = {
      region: 'us-east-1',
      instanceType: 'm5.2xlarge',
      zone: 'us-east-1a',
      lifecycle: 'on-demand' as const,
    };
    putInstances(
      fleet.db,
      [{ ...machine, id: 'i-lone', state: 'running', launchedMs: 0, tags: {}, volumes: [] }],
      UNTIL,
    );
    const disk = { region: 'us-east-1', zone: null, state: 'in-use', volumeType: 'gp3', sizeGib: 100, encrypted: true };
    putVolumes(
      fleet.db,
      [
        { ...disk, id: 'vol-node', attachedTo: 'i-node', createdMs: 0, tags: {} },
        { ...disk, id: 'vol-loose', attachedTo: null, state: 'available', createdMs: 0, tags: {} },
      ],
      UNTIL,
    );
    putVolume(fleet.db, fleet.volumeRecord({ name: 'pv-old', phase: 'Released', handle: 'vol-loose' }));
    const { unclaimed, shared, totals } = reportOf(fleet);
    expect(unclaimed.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['EC2Instance i-lone', 'EBSVolume vol-loose']);
    expect(shared).toMatchObject([{ kind: 'NodeVolumes', usdPerMonth: expect.closeTo(10, 9) }]);
    expect(totals.unclaimedUsd).toBeCloseTo(6 + (10 * 6) / HOURS_PER_MONTH, 9);
  });

  it.each([
    ['where nodes carry labels of EKS', '{"eks.amazonaws.com/nodegroup":"od"}', {}, 0.1],
    ['elsewhere not', '{}', {}, 0],
    ['as configured', '{}', { cost: { controlPlaneUsdPerHour: 0.6 } }, 0.6],
  ])('has the fee of the control plane %s', (_, labels, config, usdPerHour) => {
    const fleet = new Fleet(WINDOW).node('n1', { labels }).prices();
    expect(reportOf(fleet, 'namespace', config).totals.usd).toBeCloseTo(6 + 6 * usdPerHour, 9);
  });

  it('has no forecast of less than three days, and one of the whole month from then on', () => {
    expect(reportOf(new Fleet(WINDOW).node('n1').prices()).forecast).toBeNull();
    const window = { sinceMs: UNTIL - 14 * DAY_MS, untilMs: UNTIL };
    const { forecast, trend } = reportOf(new Fleet(window).node('n1').prices());
    expect(forecast).toMatchObject({
      month: '2021-05',
      usd: expect.closeTo(31 * 24, 6),
      knownUsd: expect.closeTo(14 * 24, 6),
    });
    expect(trend).toMatchObject({
      usdPerDayAfter: expect.closeTo(24, 9),
      changePercent: expect.closeTo(0, 9),
      days: [7, 7],
    });
  });
});
