import { type HistoryClient, historyClient } from './history-client.js';
import type { Application } from './history-schema.js';
import type { FoundLog, ListOptions, LogPlace } from './place.js';
import { readThroughSpool, type Spool } from './spool.js';
import { readZip } from './zip.js';

/** Applications per request. */
const PAGE = 500;

/** Times as the server takes them. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', 'GMT');
}

function newestEnd({ attempts }: Application): number {
  return Math.max(0, ...attempts.map(({ endTimeEpoch }) => endTimeEpoch));
}

/**
 * Finished applications, newest end first, which is the order of the server's list: each page ends where the next one
 * begins. Where a whole page ended in one millisecond, the page is made larger.
 */
async function finished(client: HistoryClient, page: number, { sinceMs, signal }: ListOptions) {
  const found = new Map<string, Application>();
  let until: number | undefined;
  for (let limit = page; ; ) {
    const query = {
      status: 'completed',
      limit: String(limit),
      ...(sinceMs !== undefined && { minEndDate: timeText(sinceMs) }),
      ...(until !== undefined && { maxEndDate: timeText(until) }),
    };
    const list = await client.applications(query, signal);
    const before = found.size;
    for (const application of list) found.set(application.id, application);
    if (list.length < limit) return [...found.values()];
    if (found.size === before) limit *= 2;
    else until = Math.min(...list.map(newestEnd));
  }
}

/** The entry that names the whole: the rolling folder, or the single file. */
async function unzip(archive: AsyncIterable<Uint8Array>, spool: Spool, signal?: AbortSignal): Promise<string> {
  let name = '';
  for await (const entry of readZip(archive)) {
    await spool.write(entry.name, entry.content, signal);
    name = entry.name.split('/')[0] ?? entry.name;
  }
  return name;
}

function logOf(client: HistoryClient, appId: string, attempt: Application['attempts'][number]): FoundLog {
  const { attemptId = '', completed, lastUpdatedEpoch } = attempt;
  const path = `${client.url}/api/v1/applications/${appId}${attemptId && `/${attemptId}`}/logs`;
  return {
    path,
    cursor: async () => JSON.stringify({ lastUpdatedMs: lastUpdatedEpoch, completed }),
    read: (options = {}) =>
      readThroughSpool(
        path,
        async (spool) => {
          let name = '';
          const take = async (archive: AsyncIterable<Uint8Array>) => {
            name = await unzip(archive, spool, options.signal);
          };
          await client.logs(appId, attemptId, take, options.signal);
          return name;
        },
        options,
      ),
  };
}

/** The logs that a Spark History Server serves; it needs no access to where they lie. */
export function historyServerPlace(url: string, page = PAGE): LogPlace {
  const client = historyClient(url);
  return {
    async list(options = {}) {
      const running = await client.applications({ status: 'running' }, options.signal);
      const applications = new Map([...running, ...(await finished(client, page, options))].map((a) => [a.id, a]));
      const logs = [...applications.values()].flatMap(({ id, attempts }) =>
        attempts.map((attempt) => ({ log: logOf(client, id, attempt), attempt })),
      );
      const unfinished = logs.filter(({ attempt }) => !attempt.completed);
      const ended = logs
        .filter(({ attempt }) => attempt.completed)
        .sort((a, b) => a.attempt.endTimeEpoch - b.attempt.endTimeEpoch);
      return [...unfinished, ...ended].map(({ log }) => log);
    },
  };
}
