import { DAY_MS, SECOND_MS, type Window } from '../../model/window.js';
import { hasLoneInstances, type MachineDay, putMachineDay } from '../../store/machines.js';
import type { CollectInput } from '../collector.js';
import type { PrometheusClient } from './client.js';
import type { Series } from './schema.js';

/** A forgotten machine is judged over two weeks; days are read again, since the newest one grows. */
const LOOKBACK_MS = 14 * DAY_MS;
/** Interfaces of pods and bridges count what another one has counted. */
const DEVICES = '{device!~"lo|veth.*|cali.*|cilium.*|docker.*|br-.*|cni.*|flannel.*"}';

const increase = (metric: string) => `sum by (instance) (increase(${metric}${DEVICES}[1d]))`;
/** node-exporter's metrics of one day, per machine. */
const QUERIES = {
  cpu: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[1d]))',
  network: `${increase('node_network_receive_bytes_total')} + ${increase('node_network_transmit_bytes_total')}`,
  samples: 'max by (instance) (count_over_time(node_cpu_seconds_total{mode="idle",cpu="0"}[1d]))',
  names: 'max by (instance, nodename) (last_over_time(node_uname_info[1d]))',
} as const;

/** `10.0.0.5:9100` → `10.0.0.5`. */
const hostOf = (instance: string): string => instance.replace(/:\d+$/, '');

function byHost(series: readonly Series[]): Map<string, Map<number, number>> {
  return new Map(
    series.map(({ labels, points }) => [
      hostOf(labels.instance ?? ''),
      new Map(points.map(({ timeMs, value }) => [timeMs, value])),
    ]),
  );
}

/** The days of each machine, under its host and under the name that it gives itself. */
export function machineDays(answers: Record<keyof typeof QUERIES, readonly Series[]>): MachineDay[] {
  const [network, samples] = [byHost(answers.network), byHost(answers.samples)];
  const names = new Map(answers.names.map(({ labels }) => [hostOf(labels.instance ?? ''), labels.nodename]));
  return [...byHost(answers.cpu)].flatMap(([host, cpu]) =>
    [...cpu].flatMap(([timeMs, cpuShare]) => {
      const networkBytes = network.get(host)?.get(timeMs);
      if (networkBytes === undefined || Number.isNaN(cpuShare)) return [];
      const day = {
        dayMs: timeMs - DAY_MS,
        cpuShare: Math.max(0, cpuShare),
        networkBytes,
        samples: samples.get(host)?.get(timeMs) ?? 0,
      };
      return [host, names.get(host)]
        .filter((address) => address !== undefined && address !== '')
        .map((address) => ({ ...day, address: address ?? '' }));
    }),
  );
}

/** Whole UTC days of machines that are no nodes; nothing is asked where none is known. */
export async function readMachines(client: PrometheusClient, input: CollectInput, window: Window): Promise<void> {
  const { db } = input.store;
  if (!hasLoneInstances(db)) return;
  const endMs = Math.floor(window.untilMs / DAY_MS) * DAY_MS;
  const range = { startMs: endMs - LOOKBACK_MS + DAY_MS, endMs, stepSeconds: DAY_MS / SECOND_MS };
  const ask = (name: keyof typeof QUERIES) => client.range(`machines: ${name}`, QUERIES[name], range);
  const cpu = await ask('cpu');
  if (cpu.length === 0) return;
  const answers = { cpu, network: await ask('network'), samples: await ask('samples'), names: await ask('names') };
  db.transaction(() => {
    for (const day of machineDays(answers)) putMachineDay(db, day);
  })();
}
