import type { Config } from '../../config/schema.js';
import { messageOf, SourceError } from '../../model/errors.js';
import type { Gap } from '../../model/sources.js';
import { lastRuns } from '../../store/collections.js';
import {
  hasContainerLog,
  putContainerLog,
  putPodEvent,
  spokenPods,
  type UnreadLog,
  unreadLogs,
} from '../../store/pod-life.js';
import type { Check, CollectInput, Collector, CollectResult } from '../collector.js';
import { type KubernetesClient, ListError } from '../kubernetes/client.js';
import { inCluster, kubeconfigPaths } from '../kubernetes/kubeconfig.js';
import { makeLister } from '../kubernetes/lister.js';
import { podEventOf } from '../kubernetes/pod-life.js';
import { logFiles, readEnd } from './files.js';
import { keptText, MOST_BYTES } from './text.js';

const ID = 'pod-logs';
/** Kubelets that do not answer, one after the other, before the rest is given up. */
const MOST_FAILURES = 3;
const ALLOW = 'deploy/rbac.yaml allows it';

/** What became of one run of the collector. */
interface Tally {
  read: number;
  gone: number;
  events: number;
  gaps: Gap[];
}

function detailOf({ read, gone, events }: Tally): string {
  const parts = [`${read} ${read === 1 ? 'log' : 'logs'} of containers that ended badly`];
  if (gone > 0) parts.push(`${gone} not kept any more`);
  if (events > 0) parts.push(`${events} events of pods that came late`);
  return parts.join(', ');
}

function store({ store: { db }, cluster, config }: CollectInput, log: UnreadLog, text: string): void {
  putContainerLog(db, { cluster, ...log, text: keptText(text, config.podLogs.tailLines) });
}

async function readLogs(client: KubernetesClient, input: CollectInput, tally: Tally): Promise<void> {
  const { config, cluster, window, signal } = input;
  const { tailLines, podsPerRun } = config.podLogs;
  const forbidden = new Set<string>();
  const wanted = unreadLogs(input.store.db, { cluster, sinceMs: window.sinceMs, most: podsPerRun });
  let failures = 0;
  for (const [at, log] of wanted.entries()) {
    if (signal.aborted || failures >= MOST_FAILURES) break;
    if (forbidden.has(log.namespace)) continue;
    input.progress(`log ${at + 1}/${wanted.length} ${log.pod}`);
    const gap = (why: string) => tally.gaps.push({ ...window, why });
    try {
      const text = await client.log({ ...log, tailLines, limitBytes: 4 * MOST_BYTES });
      if (text === undefined) tally.gone++;
      else tally.read++;
      // What is gone is noted as empty, so that it is not asked for again.
      store(input, log, text ?? '');
      failures = 0;
    } catch (error) {
      if (error instanceof ListError) {
        forbidden.add(log.namespace);
        gap(`forbidden: get pods/log in namespace ${log.namespace} (lost: why its containers ended); ${ALLOW}`);
      } else if (error instanceof SourceError) {
        gap(error.message);
        failures++;
      } else throw error;
    }
  }
}

/** Events are kept for an hour and are many: they are asked for only where a Spark pod waits or waited. */
async function readEvents(client: KubernetesClient, input: CollectInput, tally: Tally): Promise<void> {
  const { cluster, window } = input;
  const { db } = input.store;
  if (!spokenPods(db, { cluster, sinceMs: window.sinceMs })) return;
  const lister = makeLister(client, input);
  await lister.each('events', (items) =>
    db.transaction(() => {
      for (const item of items) {
        const event = podEventOf(item);
        if (event) tally.events += putPodEvent(db, { cluster, ...event });
      }
    })(),
  );
  tally.gaps.push(...lister.gaps);
}

async function readFolder(input: CollectInput, tally: Tally): Promise<void> {
  const { cluster, signal, store: at } = input;
  for (const file of await logFiles(input.config.podLogs.folder)) {
    if (signal.aborted) return;
    const { namespace, pod, container, previous, modifiedMs: finishedMs } = file;
    const key = { cluster, namespace, pod, container, previous, finishedMs };
    if (hasContainerLog(at.db, key)) continue;
    store(input, key, await readEnd(file));
    tally.read++;
  }
}

/** Where no log was asked for because nobody could tell which: that is not the same as none. @throws SourceError */
function checkPodsKnown({ store: { db }, cluster }: CollectInput): void {
  const pods = lastRuns(db).find((run) => run.source === 'kubernetes' && run.cluster === cluster);
  if (pods?.state !== 'failed') return;
  throw new SourceError(ID, 'read logs', 'the Kubernetes API, which tells whose logs to read, could not be read', {
    hint: "Mend that first; 'sparkfit doctor' says how.",
  });
}

async function collect(input: CollectInput): Promise<CollectResult> {
  const tally: Tally = { read: 0, gone: 0, events: 0, gaps: [] };
  if (input.config.podLogs.folder) await readFolder(input, tally);
  else {
    const { connect } = await import('../kubernetes/client.js');
    const client = await connect(input.config, input.signal);
    await readEvents(client, input, tally);
    await readLogs(client, input, tally);
  }
  const rows = tally.read + tally.events;
  if (!input.config.podLogs.folder && rows + tally.gone + tally.gaps.length === 0) checkPodsKnown(input);
  return { rows, gaps: tally.gaps, detail: detailOf(tally) };
}

async function check(config: Config): Promise<Check> {
  const { folder } = config.podLogs;
  try {
    if (!folder) {
      const { connect } = await import('../kubernetes/client.js');
      const { server, version } = await connect(config);
      await version();
      return { state: 'ok', detail: `read through ${server}, of containers that ended badly`, nextStep: '' };
    }
    return { state: 'ok', detail: `${(await logFiles(folder)).length} log files in ${folder}`, nextStep: '' };
  } catch (error) {
    const nextStep = folder ? 'Set podLogs.folder to a folder that can be read.' : 'As for the Kubernetes API.';
    return { state: 'failed', detail: messageOf(error), nextStep };
  }
}

export const podLogs: Collector = {
  id: ID,
  title: 'Logs of Spark pods',
  lostWithout: 'why drivers and executors ended where no event log says it, and what executors waited for',
  isConfigured: (config) => config.podLogs.folder !== '' || kubeconfigPaths(config).length > 0 || inCluster(),
  async check(config) {
    if (podLogs.isConfigured(config)) return check(config);
    return {
      state: 'absent',
      detail: 'no Kubernetes API and no folder',
      nextStep: 'Set KUBECONFIG or podLogs.folder.',
    };
  },
  collect,
};
