import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { DAY_MS, HOUR_MS, type Window } from '../../model/window.js';
import { type Spend, spend } from '../../pricing/spend.js';
import { podPatch } from '../../recommend/posture-patch.js';
import { type GpuUse, gpuUse, gpuWindow, meanPercent, quietStretches } from '../derived/gpus.js';
import { type NodeRoom, nodePacking } from '../derived/node-packing.js';
import { counted, evidenceOf, listText } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  percent: z.number().positive().max(100).default(5).describe('mean utilisation of an hour below which it is quiet'),
  hours: z.number().positive().default(12).describe('quiet for at least so many hours, up to the end of the window'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'GPU';
/** A pause is of the kind that it had before if it is at most this much longer. */
const LONGER = 1.25;
/** Hours at the end that may not have been read yet. */
const LATE_HOURS = 3;

/** USD/month of the GPUs alone: what the workload else asks for is another matter. */
function gpuUsd({ profile }: GpuUse, { workloads, toMonth }: Spend): number | null {
  const own = workloads.get(profile.row.id);
  return own && own.pricedHours > 0 && toMonth !== null ? own.gpuUsd * toMonth : null;
}

function found(use: GpuUse, quietHours: number, spent: Spend, window: Window): Evaluation {
  const { profile, gpusPerPod, hours } = use;
  const last = hours.slice(-quietHours);
  const mean = meanPercent(last);
  const most = last.reduce((max, { maxPercent }) => Math.max(max, maxPercent), 0);
  const evidence = evidenceOf(gpuWindow(last, window));
  const samples = last.reduce((sum, hour) => sum + hour.samples, 0);
  return {
    state: 'finding',
    subject: profile.subject,
    title: `Holds ${counted(gpusPerPod, 'GPU')} a pod and used ${mean.toFixed(1)} % of it for ${quietHours} h`,
    evidence: [
      evidence('GPU utilisation mean', mean, '%', samples),
      evidence('GPU utilisation peak', most, '%', samples),
      evidence('GPUs asked for, a pod', gpusPerPod),
    ],
    impact: { usdPerMonth: gpuUsd(use, spent) },
    confidence: {
      value: Math.min(0.95, 0.7 + quietHours / 240),
      why: `DCGM measured it for ${quietHours} quiet hours up to now`,
    },
    recommendation: {
      summary: 'Stop it while nobody uses it, or give it a share of a GPU (MIG, time slicing), or none.',
      risk: 'A notebook loses what it holds in GPU memory; a model takes time to load again.',
      patches: [
        profile.row.replicas !== null && ['Deployment', 'StatefulSet'].includes(profile.row.kind)
          ? scaleToZero(profile.row)
          : podPatch(
              { ...profile.row, apiVersion: null },
              {
                containers: profile.containers
                  .filter(({ gpuRequest }) => gpuRequest)
                  .map(({ name }) => ({ name, resources: { limits: { 'nvidia.com/gpu': 0 } } })),
              },
            ),
      ],
      backtest: null,
    },
  };
}

function scaleToZero({ kind, namespace, name }: GpuUse['profile']['row']) {
  const content = `kubectl scale ${kind.toLowerCase()} --namespace ${namespace} ${name} --replicas 0`;
  return { format: 'text' as const, target: `${kind} ${namespace}/${name}`, content };
}

function ofWorkload(use: GpuUse, spent: Spend, settings: Settings, window: Window): Evaluation {
  const { profile, hours } = use;
  const { subject, measured } = profile;
  const stretches = quietStretches(hours, settings.percent);
  const last = hours.at(-1);
  const now = stretches.at(-1);
  const quiet = now && last && now.lastMs === last.hourMs ? now.hours : 0;
  const before = stretches.filter((one) => one !== now).reduce((max, one) => Math.max(max, one.hours), 0);
  if (profile.system) return { state: 'not-applicable', subject, title: `${TITLE}: a part of the cluster itself` };
  if (measured && measured.untilMs < window.untilMs - DAY_MS)
    return { state: 'not-applicable', subject, title: `${TITLE}: no pod of it ran in the last day` };
  if (!last)
    return { state: 'insufficient-data', subject, title: `${TITLE}: no use of it was measured (DCGM exporter)` };
  if (last.hourMs < window.untilMs - (settings.hours + LATE_HOURS) * HOUR_MS)
    return { state: 'insufficient-data', subject, title: `${TITLE}: its use was not measured lately` };
  if (quiet < settings.hours && quiet === hours.length)
    return {
      state: 'insufficient-data',
      subject,
      title: `${TITLE}: quiet, but known for ${quiet} of the ${settings.hours} hours it takes`,
    };
  if (quiet < settings.hours)
    return { state: 'ok', subject, title: `It was used: ${meanPercent(hours).toFixed(0)} % on average` };
  if (before > 0 && quiet <= before * LONGER)
    return { state: 'ok', subject, title: `Quiet for ${quiet} h, as it was before it worked again (${before} h)` };
  return found(use, quiet, spent, window);
}

/** A GPU node whose GPUs no pod asks for. */
function ofNode(
  room: NodeRoom,
  spent: Spend,
  settings: Settings,
  notListed: string | undefined,
  window: Window,
): Evaluation {
  const { live, pods, held } = room;
  const subject = { kind: 'Node', cluster: live.cluster, name: live.name };
  const holding = pods.filter(({ extended }) => Object.values(extended).some((count) => count > 0));
  const own = spent.nodes.get(live.name);
  const hours = own?.fullness.gpus.length ?? 0;
  if (live.gpus === 0) return { state: 'not-applicable', subject, title: `${TITLE}: the node has none` };
  if (notListed) return { state: 'insufficient-data', subject, title: `${TITLE}: ${notListed}s could not be listed` };
  if (holding.length > 0)
    return { state: 'ok', subject, title: `${counted(holding.length, 'pod')} on it asked for a GPU` };
  const heldHours = own?.fullness.gpus.filter((gpus) => gpus > 0).length ?? 0;
  const sinceHeld = own ? own.fullness.gpus.length - 1 - own.fullness.gpus.findLastIndex((gpus) => gpus > 0) : 0;
  if (hours < settings.hours || sinceHeld < settings.hours)
    return {
      state: heldHours > 0 ? 'ok' : 'insufficient-data',
      subject,
      title:
        heldHours > 0
          ? `${TITLE}: a pod held it ${sinceHeld} h ago`
          : `${TITLE}: the node is known for ${hours} of the ${settings.hours} hours it takes`,
    };
  const evidence = evidenceOf(window);
  const others = pods.filter(({ ofNode: goes }) => !goes);
  return {
    state: 'finding',
    subject,
    title: `${counted(live.gpus, 'GPU')} and no pod that asked for one in ${sinceHeld} h`,
    evidence: [
      evidence('GPUs', live.gpus),
      evidence('hours without a GPU pod', sinceHeld, 'h', sinceHeld),
      evidence(
        'pods without a GPU',
        others.length > 0
          ? listText(
              others.map(({ namespace, name }) => `${namespace}/${name}`),
              3,
            )
          : 'none',
      ),
      evidence('instance type', own?.node.instanceType ?? null),
    ],
    impact: { usdPerMonth: own && own.pricedHours > 0 && spent.toMonth !== null ? own.usd * spent.toMonth : null },
    confidence: { value: held ? 0.7 : 0.9, why: held ?? 'no pod on it has a GPU request' },
    recommendation: {
      summary: 'Let the GPU group shrink, to zero if nothing needs it; what runs on it fits on a node without a GPU.',
      risk: 'The next GPU pod waits for a node: minutes, more where the type is scarce.',
      patches: [
        {
          format: 'text',
          target: `Node ${live.name}`,
          content: `kubectl drain ${live.name} --ignore-daemonsets --delete-emptydir-data`,
        },
      ],
      backtest: null,
    },
  };
}

export const idleGpu = defineRule({
  id: 'idle/gpu',
  title: 'GPU that does nothing',
  severity: 'warning',
  ledger: 'idle',
  needs: { gpus: gpuUse, packing: nodePacking, spend },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    const { gpus, packing, spend: spent } = facts;
    for (const use of gpus) yield ofWorkload(use, spent, settings, window);
    for (const room of packing.nodes) yield ofNode(room, spent, settings, packing.notListed(room.live.cluster), window);
  },
});
