import { describe, expect, it } from 'vitest';
import { idleEc2LowUse } from '../../../src/analyzers/idle/ec2-low-use.js';
import { DAY_MS, HOURS_PER_MONTH } from '../../../src/model/window.js';
import { type InstanceRecord, putInstances } from '../../../src/store/instances.js';
import { putAddresses, putMachineDay } from '../../../src/store/machines.js';
import { putOnDemandPrices } from '../../../src/store/prices.js';
import { accountStore, instance, UNTIL, WINDOW } from '../account.js';
import { evaluate } from '../fixture.js';

interface Scene {
  /** CPU in per cent and traffic in MB of each of the newest days. */
  days?: readonly (readonly [cpu: number, network: number])[];
  samples?: number;
  more?: Partial<InstanceRecord>;
  address?: string;
  config?: object;
}

function judge({ days = [], samples = 288, more = {}, address = '10.0.0.5', config }: Scene) {
  const store = accountStore();
  putInstances(store.db, [instance({ state: 'running', ...more })], UNTIL);
  putAddresses(store.db, 'us-east-1', 'i-1', ['10.0.0.5', 'ip-10-0-0-5.ec2.internal']);
  days.forEach(([cpu, network], i) => {
    const dayMs = UNTIL - (i + 1) * DAY_MS;
    putMachineDay(store.db, { address, dayMs, cpuShare: cpu / 100, networkBytes: network * 1e6, samples });
  });
  const price = { region: 'us-east-1', product: 'Linux/UNIX', source: 'list', asOfMs: 0 };
  putOnDemandPrices(store.db, [{ ...price, instanceType: 'm5.4xlarge', usdPerHour: 0.768 }]);
  return evaluate(store, idleEc2LowUse, WINDOW, config);
}

const idle = (count: number) => Array.from({ length: count }, () => [1, 0.5] as const);
const busy = (count: number) => Array.from({ length: count }, () => [60, 900] as const);

describe('idle/ec2-low-use', () => {
  it('finds a machine that does nothing, with its price and the command', () => {
    const [finding] = judge({ days: idle(14), more: { tags: { Name: 'box' } } });
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'EC2Instance', name: 'i-1' },
      title: "m5.4xlarge 'box' did next to nothing on 14 of 14 days",
      impact: { usdPerMonth: 0.768 * HOURS_PER_MONTH },
    });
    expect(finding?.recommendation?.patches[0]?.content).toContain(
      'stop-instances --region us-east-1 --instance-ids i-1',
    );
  });

  it.each([
    [[10, 5], 'finding'],
    [[10.1, 5], 'ok'],
    [[10, 5.1], 'ok'],
  ] as const)('asks for at most 10 %% CPU and 5 MB a day: %j is %s', (day, state) => {
    expect(judge({ days: Array.from({ length: 14 }, () => day) })).toMatchObject([{ state }]);
  });

  it.each([
    [3, 'ok'],
    [4, 'finding'],
  ])('on four days: %d of 14', (count, state) => {
    expect(judge({ days: [...idle(count), ...busy(14 - count)] })).toMatchObject([{ state }]);
  });

  it('takes limits from the configuration', () => {
    const rules = { 'idle/ec2-low-use': { cpuPercent: 70, networkMBPerDay: 1000 } };
    expect(judge({ days: busy(14), config: { rules } })).toMatchObject([{ state: 'finding' }]);
  });

  it.each<[string, Scene, string]>([
    ['the exporter names itself', { days: idle(14), address: 'ip-10-0-0-5.ec2.internal' }, 'finding'],
    ['the exporter is another machine', { days: idle(14), address: '10.0.0.6' }, 'insufficient-data'],
    ['three days are known', { days: idle(3) }, 'insufficient-data'],
    ['days have few samples', { days: idle(14), samples: 71 }, 'insufficient-data'],
    ['no exporter is there', {}, 'insufficient-data'],
    ['it is stopped', { days: idle(14), more: { state: 'stopped' } }, 'not-applicable'],
    ['it is of a cluster', { days: idle(14), more: { tags: { 'eks:nodegroup-name': 'a' } } }, 'not-applicable'],
  ])('where %s', (_, scene, state) => {
    expect(judge(scene)).toMatchObject([{ state }]);
  });
});
