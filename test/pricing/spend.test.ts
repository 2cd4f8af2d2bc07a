import { describe, expect, it } from 'vitest';
import { artifactInput } from '../../src/analyzers/run.js';
import { GIB } from '../../src/model/quantity.js';
import { HOUR_MS, HOURS_PER_MONTH } from '../../src/model/window.js';
import { costs } from '../../src/pricing/scopes.js';
import { type Spend, spend } from '../../src/pricing/spend.js';
import { ownKey, workloadKey } from '../../src/recommend/ledger.js';
import { putInstances, putVolumes } from '../../src/store/instances.js';
import { putClaim, putVolume } from '../../src/store/kubernetes-write.js';
import { testConfig } from '../analyzers/fixture.js';
import { Fleet } from '../support/fleet.js';

const SINCE = Date.parse('2021-05-30T00:00:00Z');
const HOURS = 10;
const WINDOW = { sinceMs: SINCE, untilMs: SINCE + HOURS * HOUR_MS };

const input = (fleet: Fleet) => artifactInput(fleet.db, WINDOW, testConfig());
const spendOf = (fleet: Fleet): Spend => input(fleet).get(spend);

/** Half of the node's cores and memory, and half of that used. */
const HALF = { cpuRequestCores: 4, memoryRequestBytes: 16 * GIB, use: () => ({ cpuCores: 2, memoryBytes: 8 * GIB }) };

function workload(fleet: Fleet, name: string) {
  return [...spendOf(fleet).workloads.values()].find((each) => each.workload.name === name);
}

describe('where prices come from', () => {
  it.each([
    [{ 'eks.amazonaws.com/nodegroup': 'a' }, ['EKS list price, standard support', 'list']],
    [{}, ['list']],
  ])('names the control plane where it is billed: nodes with %o', (labels, sources) => {
    const fleet = new Fleet(WINDOW).node('n1', { labels: JSON.stringify(labels) }).prices();
    expect(input(fleet).get(costs).sources).toEqual(sources);
  });
});

describe('spend', () => {
  it('shares every hour of a node among workloads, idle and system, to the cent', () => {
    const fleet = new Fleet(WINDOW).node('n1', { cpuAllocatableCores: 7.5 }).prices();
    fleet.workload({ name: 'api', pods: [{ containers: [HALF] }] });
    const { nodes, hoursCovered, toMonth } = spendOf(fleet);
    const node = nodes.get('n1');
    expect({ hoursCovered, toMonth }).toEqual({ hoursCovered: HOURS, toMonth: HOURS_PER_MONTH / HOURS });
    expect(node).toMatchObject({ hours: HOURS, pricedHours: HOURS, usd: HOURS });
    expect((node?.workloadUsd ?? 0) + (node?.idleUsd ?? 0) + (node?.systemUsd ?? 0)).toBeCloseTo(HOURS, 9);
    expect(node?.systemUsd).toBeGreaterThan(0);
    expect(workload(fleet, 'api')).toMatchObject({
      hours: HOURS,
      usd: expect.closeTo(HOURS / 2, 9),
      wastedUsd: expect.closeTo(HOURS / 4, 9),
      cpuRequestCoreHours: 4 * HOURS,
      cpuUsageCoreHours: expect.closeTo(2 * HOURS, 9),
    });
  });

  it('charges a job for the hours it ran', () => {
    const fleet = new Fleet(WINDOW).node('n1').prices();
    const containers = [{ ...HALF, use: (hour: number) => (hour === 3 ? HALF.use() : undefined) }];
    fleet.workload({ kind: 'Job', name: 'etl', pods: [{ containers }] });
    expect(workload(fleet, 'etl')).toMatchObject({ hours: 1, usd: expect.closeTo(0.5, 9) });
  });

  it.each([
    ['half past to half past', [3, 4], 4],
    ['half past to the full hour', [3], 2],
  ])('knows what a node held while a job ran from %s', (_, hours, cpuCores) => {
    const fleet = new Fleet(WINDOW).node('n1');
    const half = () => ({ cpuCores: Array<number>(6).fill(1), memoryBytes: null });
    const containers = [{ ...HALF, use: (hour: number) => (hours.includes(hour) ? half() : undefined) }];
    fleet.workload({ kind: 'Job', name: 'etl', pods: [{ containers }] });
    const daily =
      spendOf(fleet)
        .nodes.get('n1')
        ?.daily.map(({ highest }) => highest.cpuCores) ?? [];
    expect(daily.flatMap((cores, hour) => (cores > 0 ? [[hour, cores]] : []))).toEqual(
      hours.map((hour) => [hour, cpuCores]),
    );
  });

  it('knows what a node held where more is used than requested', () => {
    const fleet = new Fleet(WINDOW).node('n1');
    const containers = [{ ...HALF, use: (hour: number) => ({ cpuCores: hour === 5 ? 6 : 2, memoryBytes: GIB }) }];
    fleet.workload({ pods: [{ containers }] });
    const daily = spendOf(fleet).nodes.get('n1')?.daily;
    expect([daily?.[4]?.highest, daily?.[5]?.highest]).toEqual([
      { cpuCores: 4, memoryBytes: 16 * GIB, gpus: 0 },
      { cpuCores: 6, memoryBytes: 16 * GIB, gpus: 0 },
    ]);
  });

  it('does not charge a node for hours before it was there or after', () => {
    const there = { firstSeenMs: SINCE + 2 * HOUR_MS, createdMs: SINCE + 2 * HOUR_MS, lastSeenMs: SINCE + 5 * HOUR_MS };
    const fleet = new Fleet(WINDOW).node('n1', there).prices();
    expect(spendOf(fleet).nodes.get('n1')).toMatchObject({ hours: 3, usd: 3, idleUsd: 3 });
  });

  it.each([
    ['its type has no price', { instanceType: 'x9.metal' }],
    ['nobody knows how it is bought', { capacityType: 'unknown' as const }],
    ['its region is not known', { region: null }],
  ])('leaves a node open where %s, and counts its hours', (_, part) => {
    const fleet = new Fleet(WINDOW).node('n1', part).prices();
    fleet.workload({ name: 'api', pods: [{ containers: [HALF] }] });
    expect(spendOf(fleet).nodes.get('n1')).toMatchObject({ hours: HOURS, pricedHours: 0, usd: 0 });
    expect(workload(fleet, 'api')).toMatchObject({ hours: HOURS, pricedHours: 0, cpuCoreHours: 4 * HOURS });
  });

  it('of a node of unknown size has hours and no dollars', () => {
    const fleet = new Fleet(WINDOW).node('n1', { cpuCapacityCores: null }).prices();
    fleet.workload({ name: 'api', pods: [{ containers: [HALF] }] });
    expect(workload(fleet, 'api')).toMatchObject({ pricedHours: 0, memoryGibHours: 16 * HOURS });
  });

  it('knows no month where no hour was measured', () => {
    const fleet = new Fleet(WINDOW).node('n1').prices();
    fleet.db.prepare('DELETE FROM metric_hour').run();
    expect(spendOf(fleet)).toMatchObject({ hoursCovered: 0, toMonth: null });
  });
});

describe('costs', () => {
  const instance = {
    region: 'us-east-1',
    instanceType: 'm5.2xlarge',
    zone: 'us-east-1a',
    launchedMs: SINCE,
    tags: {},
    volumes: [],
  };
  const volume = {
    region: 'us-east-1',
    zone: 'us-east-1a',
    volumeType: 'gp3',
    sizeGib: 100,
    attachedTo: null,
    encrypted: true,
    createdMs: SINCE,
    tags: {},
  };

  it('are those of nodes, lone instances and volumes, each once', () => {
    const fleet = new Fleet(WINDOW).node('n1', { instanceId: 'i-node' }).prices();
    fleet.workload({ name: 'api', pods: [{ containers: [HALF] }] });
    putInstances(
      fleet.db,
      [
        { ...instance, id: 'i-node', lifecycle: 'on-demand', state: 'running' },
        { ...instance, id: 'i-lone', lifecycle: 'on-demand', state: 'running' },
        { ...instance, id: 'i-off', lifecycle: 'on-demand', state: 'stopped', volumes: ['vol-1'] },
      ],
      WINDOW.untilMs,
    );
    putVolumes(
      fleet.db,
      [
        { ...volume, id: 'vol-1', state: 'in-use' },
        { ...volume, id: 'vol-gone', state: 'deleted' },
      ],
      WINDOW.untilMs,
    );
    putVolume(fleet.db, fleet.volumeRecord({ handle: 'vol-1' }));
    putClaim(fleet.db, fleet.claimRecord({ volume: 'pv-1' }));
    const { scopes, usdPerMonth, priced, things } = input(fleet).get(costs);
    const ebs = ownKey('EBSVolume', undefined, 'vol-1');
    expect([...scopes.own]).toEqual([
      [ownKey('EC2Instance', undefined, 'i-lone'), HOURS_PER_MONTH],
      [ebs, expect.closeTo(10, 9)],
    ]);
    expect(scopes.aliases.get(ownKey('PersistentVolumeClaim', 'web', 'data'))).toBe(ebs);
    expect(scopes.aliases.get(ownKey('PersistentVolume', undefined, 'pv-1'))).toBe(ebs);
    expect(scopes.parts.get(ownKey('EC2Instance', undefined, 'i-off'))).toEqual([ebs]);
    expect(scopes.nodes.get('n1')).toBeCloseTo(HOURS_PER_MONTH, 6);
    expect(scopes.workloads.get(workloadKey('web', 'Deployment', 'api'))?.get('n1')).toBeCloseTo(
      HOURS_PER_MONTH / 2,
      6,
    );
    expect(scopes.capacity.get(workloadKey('web', 'Deployment', 'api'))).toEqual({
      cpuCores: 4,
      memoryBytes: 16 * GIB,
    });
    expect(scopes.nodeGroups.get('m5.2xlarge/on-demand/us-east-1a')).toEqual(['n1']);
    expect(usdPerMonth).toBeCloseTo(2 * HOURS_PER_MONTH + 10, 6);
    expect({ priced, things }).toEqual({ priced: 3, things: 3 });
  });

  it('are unknown, not zero, where no price is known', () => {
    const fleet = new Fleet(WINDOW).node('n1');
    putClaim(fleet.db, fleet.claimRecord());
    expect(input(fleet).get(costs)).toMatchObject({ usdPerMonth: null, priced: 0, things: 2 });
  });

  it('of a node without a measured hour are those around the clock', () => {
    const fleet = new Fleet(WINDOW, ['kubernetes']).node('n1').prices();
    expect(input(fleet).get(costs).usdPerMonth).toBe(HOURS_PER_MONTH);
  });
});
