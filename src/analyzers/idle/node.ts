import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { isNothing } from '../../model/load.js';
import { GIB } from '../../model/quantity.js';
import { clockHour } from '../../model/window.js';
import { spend } from '../../pricing/spend.js';
import type { Removal } from '../../recommend/packing.js';
import { LEAST_NODE_HOURS, type NodeRoom, nodePacking } from '../derived/node-packing.js';
import { counted, evidenceOf, listText } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  share: z
    .number()
    .positive()
    .max(1)
    .default(0.5)
    .describe('of its CPU and of its memory, less than this is requested and used'),
  time: z.number().min(0).max(1).default(0.95).describe('for at least this share of the window, and now'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Node';

/** Places of the covered hours in which what was requested or what was used was not below. */
function busyHours({ spent }: NodeRoom, share: number): number[] {
  const { requestedShares = [], usedShares = [] } = spent?.fullness ?? {};
  return requestedShares.flatMap((requested, i) => (requested < share && (usedShares[i] ?? 0) < share ? [] : [i]));
}

/** Share of the hours in which both stayed below. */
function quietTime(room: NodeRoom, share: number): number {
  const hours = room.spent?.fullness.requestedShares.length ?? 0;
  return hours > 0 ? 1 - busyHours(room, share).length / hours : 0;
}

function nowShare({ pack, pods }: NodeRoom): number {
  if (!pack) return 1;
  const sum = (figure: (pod: (typeof pods)[number]) => number) => pods.reduce((total, pod) => total + figure(pod), 0);
  return Math.max(sum((pod) => pod.cpuCores) / pack.cpuCores, sum((pod) => pod.memoryBytes) / pack.memoryBytes);
}

function isQuiet(room: NodeRoom, { share, time }: Settings): boolean {
  return nowShare(room) < share && quietTime(room, share) >= time;
}

function percent(shares: readonly number[]): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.length > 0 ? Math.round((total / shares.length) * 1000) / 10 : 0;
}

/** What is known before it is asked whether its pods fit elsewhere; undefined: they are to be packed. */
function early(room: NodeRoom, settings: Settings, notListed: string | undefined): Evaluation | undefined {
  const { live, pack, spent, held } = room;
  const subject = { kind: 'Node', cluster: live.cluster, name: live.name };
  const lack = (title: string): Evaluation => ({ state: 'insufficient-data', subject, title: `${TITLE}: ${title}` });
  if (held) return { state: 'not-applicable', subject, title: `${TITLE}: ${held}` };
  if (notListed) return lack(`${notListed}s could not be listed`);
  if (!pack) return lack('what it can give was not read');
  const hours = spent?.fullness.requestedShares.length ?? 0;
  if (hours < LEAST_NODE_HOURS) return lack(`needs 3 days of history, has ${(hours / 24).toFixed(1)}`);
  if (isQuiet(room, settings)) return undefined;
  const mean = percent(spent?.fullness.requestedShares ?? []);
  return {
    state: 'ok',
    subject,
    title: `Requested for ${mean} % on average, ${Math.round(nowShare(room) * 100)} % now`,
  };
}

/** What comes to it at some hours of the day, which had to fit elsewhere too. */
function visitors({ pack }: NodeRoom): string {
  const hours = pack?.hours.flatMap(({ visits }, hour) => (isNothing(visits) ? [] : [hour])) ?? [];
  if (hours.length === 0) return '';
  const when = hours.length > 3 ? `${hours.length} hours of the day` : `${hours.map(clockHour).join(', ')} UTC`;
  return `, and at ${when} for what comes to it then`;
}

function commands(name: string): string {
  return `kubectl cordon ${name}\nkubectl drain ${name} --ignore-daemonsets --delete-emptydir-data`;
}

export const idleNode = defineRule({
  id: 'idle/node',
  title: 'Node that is not needed',
  severity: 'warning',
  ledger: 'idle',
  needs: { packing: nodePacking, spend },
  parameters,
  *evaluate({ facts: { packing, spend: spent }, parameters: settings, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const open = packing.nodes.filter((room) => !early(room, settings, packing.notListed(room.live.cluster)));
    const removals = new Map<string, Removal>(
      packing.pack(new Set(open.map(({ live }) => live.name))).map((removal) => [removal.node, removal]),
    );
    for (const room of packing.nodes) {
      const { live, pods } = room;
      const before = early(room, settings, packing.notListed(live.cluster));
      if (before) {
        yield before;
        continue;
      }
      const subject = { kind: 'Node', cluster: live.cluster, name: live.name };
      const removal = removals.get(live.name);
      if (!removal?.moves) {
        yield { state: 'ok', subject, title: `Little is requested of it, but it stays: ${removal?.why ?? ''}` };
        continue;
      }
      const { moves } = removal;
      const own = spent.nodes.get(live.name);
      const [requested, used] = [own?.fullness.requestedShares ?? [], own?.fullness.usedShares ?? []];
      const targets = [...new Set(moves.map(({ to }) => to))];
      yield {
        state: 'finding',
        subject,
        title:
          moves.length === 0
            ? 'Nothing but the pods that every node has'
            : `${percent(requested)} % requested, ${percent(used)} % used: its ${counted(moves.length, 'pod')} ${moves.length === 1 ? 'fits' : 'fit'} elsewhere`,
        evidence: [
          evidence('requested, larger of CPU and memory, mean', percent(requested), '%', requested.length),
          evidence('used, larger of CPU and memory, mean', percent(used), '%', used.length),
          evidence('time below the threshold', quietTime(room, settings.share) * 100, '%', requested.length),
          evidence('pods of its own', moves.length, '', pods.length),
          evidence('they fit on', targets.length > 0 ? listText(targets) : 'none to move'),
          evidence('instance type', own?.node.instanceType ?? null),
        ],
        impact: {
          usdPerMonth: own && own.pricedHours > 0 && spent.toMonth !== null ? own.usd * spent.toMonth : null,
        },
        confidence: {
          value: 0.8,
          why: `requests as they are now, with room for the highest of the window${visitors(room)}; ${(requested.length / 24).toFixed(1)} days of history`,
        },
        recommendation: {
          summary: `Drain it and let its group shrink by one${room.pack ? ` (${Math.round(room.pack.cpuCores)} cores, ${Math.round(room.pack.memoryBytes / GIB)} GiB)` : ''}.`,
          risk: 'Its pods restart elsewhere. A fixed group size brings a new node: lower the minimum of the group first.',
          patches: [{ format: 'text', target: `Node ${live.name}`, content: commands(live.name) }],
          backtest: null,
        },
      };
    }
  },
});
