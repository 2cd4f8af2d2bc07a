import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idleEc2LowUse } from '../../src/analyzers/idle/ec2-low-use.js';
import { prometheus } from '../../src/collectors/prometheus/index.js';
import { DAY_MS } from '../../src/model/window.js';
import { putInstances } from '../../src/store/instances.js';
import { instanceDays } from '../../src/store/machines.js';
import { openStore } from '../../src/store/open.js';
import { addNodes, collected, evaluate } from '../analyzers/fixture.js';
import { collectInput } from '../support/collect.js';
import type { Program } from '../support/program.js';
import { HAS_PROMETHEUS, startPrometheus } from '../support/prometheus.js';

/** node-exporter's own series of machines beside a cluster, as a real Prometheus holds and aggregates them. */
const UNTIL_MS = Date.parse('2026-11-20T00:00:00Z');
const DAYS = 15;
const SINCE_S = (UNTIL_MS - DAYS * DAY_MS) / 1000;
const SCRAPE_S = 300;
const WINDOW = { sinceMs: UNTIL_MS - 7 * DAY_MS, untilMs: UNTIL_MS };
const CORES = 2;

interface Machine {
  id: string;
  /** Label `instance` of its exporter, and the name that it gives itself. */
  instance: string;
  nodename: string;
  /** Share of its cores that is busy, and bytes a day in each direction, by day since the start. */
  busy: (day: number) => number;
  bytes: (day: number) => number;
  addresses: string[];
  /** When its counters begin anew. */
  rebootDay?: number;
  /** Whether it is scraped on a day. */
  isUp?: (day: number) => boolean;
}

const MB = 1e6;
const MACHINES: readonly Machine[] = [
  {
    ...{ id: 'i-idle', instance: '10.0.0.5:9100', nodename: 'idle', addresses: ['10.0.0.5'] },
    ...{ busy: () => 0.04, bytes: () => MB, rebootDay: 9 },
  },
  // Known by its name alone: the exporter is scraped through another address.
  {
    ...{ id: 'i-named', instance: 'exporter.example:9100', nodename: 'ip-10-0-0-6.ec2.internal' },
    ...{ addresses: ['ip-10-0-0-6.ec2.internal'], busy: () => 0.02, bytes: () => 0.5 * MB },
  },
  {
    ...{ id: 'i-busy', instance: '10.0.0.7:9100', nodename: 'busy', addresses: ['10.0.0.7'] },
    ...{ busy: () => 0.6, bytes: () => 900 * MB },
  },
  // Idle cores, and it serves files.
  {
    ...{ id: 'i-server', instance: '10.0.0.8:9100', nodename: 'server', addresses: ['10.0.0.8'] },
    ...{ busy: () => 0.03, bytes: () => 40 * MB },
  },
  // Little on three days only.
  {
    ...{ id: 'i-weekly', instance: '10.0.0.9:9100', nodename: 'weekly', addresses: ['10.0.0.9'] },
    ...{ busy: (day: number) => (day >= DAYS - 3 ? 0.01 : 0.5), bytes: () => MB },
  },
  {
    ...{ id: 'i-young', instance: '10.0.0.10:9100', nodename: 'young', addresses: ['10.0.0.10'] },
    ...{ busy: () => 0.01, bytes: () => MB, isUp: (day: number) => day >= DAYS - 2 },
  },
  {
    ...{ id: 'i-node', instance: '10.0.0.11:9100', nodename: 'node', addresses: ['10.0.0.11'] },
    ...{ busy: () => 0.01, bytes: () => MB },
  },
];

/** Counters of one machine at every scrape: seconds and bytes since it came up. */
function* scrapes({ busy, bytes, rebootDay, isUp }: Machine) {
  let [idle, sent] = [1e5, 5e9];
  for (let second = 0; second <= DAYS * 86_400; second += SCRAPE_S) {
    const day = Math.min(DAYS - 1, Math.floor(second / 86_400));
    if (second === (rebootDay ?? -1) * 86_400) [idle, sent] = [0, 0];
    idle += (1 - busy(day)) * SCRAPE_S;
    sent += (bytes(day) / 86_400) * SCRAPE_S;
    if (isUp?.(day) ?? true) yield { at: SINCE_S + second, idle, sent, busySeconds: second - idle + 2e5 };
  }
}

function history(): string[] {
  const lines: Record<'cpu' | 'receive' | 'transmit' | 'uname', string[]> = {
    cpu: ['# TYPE node_cpu_seconds counter'],
    receive: ['# TYPE node_network_receive_bytes counter'],
    transmit: ['# TYPE node_network_transmit_bytes counter'],
    uname: ['# TYPE node_uname_info gauge'],
  };
  for (const machine of MACHINES) {
    const { instance, nodename } = machine;
    for (const { at, idle, sent } of scrapes(machine)) {
      for (let cpu = 0; cpu < CORES; cpu++)
        lines.cpu.push(`node_cpu_seconds_total{instance="${instance}",cpu="${cpu}",mode="idle"} ${idle} ${at}`);
      for (const way of ['receive', 'transmit'] as const) {
        lines[way].push(`node_network_${way}_bytes_total{instance="${instance}",device="eth0"} ${sent} ${at}`);
        // What a bridge passes on was counted by eth0: it must not count again.
        lines[way].push(
          `node_network_${way}_bytes_total{instance="${instance}",device="veth1a2b"} ${sent * 1000} ${at}`,
        );
      }
      lines.uname.push(`node_uname_info{instance="${instance}",nodename="${nodename}"} 1 ${at}`);
    }
  }
  return Object.values(lines).flat();
}

describe.runIf(HAS_PROMETHEUS)('idle/ec2-low-use with node-exporter in a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-machines-'));
  const store = openStore(':memory:');
  let server: Program;

  beforeAll(async () => {
    server = await startPrometheus(folder, history());
    const seen = { region: 'us-east-1', zone: 'us-east-1a', lifecycle: 'on-demand' as const, state: 'running' };
    const machine = { ...seen, instanceType: 'm5.large', launchedMs: UNTIL_MS - 90 * DAY_MS, tags: {}, volumes: [] };
    putInstances(
      store.db,
      [...MACHINES.map(({ id, addresses }) => ({ ...machine, id, addresses })), { ...machine, id: 'i-unknown' }],
      UNTIL_MS,
    );
    addNodes(store, WINDOW, [{ name: 'node', instanceId: 'i-node' }]);
    collected(store, WINDOW, ['kubernetes', 'aws-instances']);
    // There are no kubelets in this Prometheus: what is said of them is no matter here.
    await prometheus.collect(collectInput({ prometheus: { url: server.url } }, WINDOW, store));
    collected(store, WINDOW, ['prometheus']);
  });
  afterAll(async () => {
    store.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('reads each day as it was: reboots, bridges and names notwithstanding', () => {
    const days = instanceDays(store.db, { sinceMs: UNTIL_MS - 14 * DAY_MS, untilMs: UNTIL_MS });
    for (const { id, busy, bytes } of MACHINES.filter(({ isUp }) => !isUp)) {
      const own = days.filter((day) => day.id === id);
      expect(own).toHaveLength(14);
      for (const { dayMs, cpuShare, networkBytes } of own) {
        const day = (dayMs - SINCE_S * 1000) / DAY_MS;
        // The hour of a reboot may be missing.
        expect(cpuShare).toBeCloseTo(busy(day), 2);
        expect(Math.abs(networkBytes / (2 * bytes(day)) - 1)).toBeLessThan(0.02);
      }
    }
  });

  it('finds those that do next to nothing, and no other', () => {
    const states = Object.fromEntries(
      evaluate(store, idleEc2LowUse, WINDOW).map(({ subject, state }) => [subject.name, state]),
    );
    expect(states).toEqual({
      'i-idle': 'finding',
      'i-named': 'finding',
      'i-busy': 'ok',
      'i-server': 'ok',
      'i-weekly': 'ok',
      'i-young': 'insufficient-data',
      'i-node': 'not-applicable',
      'i-unknown': 'insufficient-data',
    });
  });
});
