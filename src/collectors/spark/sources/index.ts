import type { Config } from '../../../config/schema.js';
import { folderPlace } from './folder.js';
import { type FoundLog, type LogPlace, nameOf } from './place.js';

export { type FoundLog, type LogPlace, nameOf } from './place.js';

/** Whether logs lie elsewhere than on this machine. */
export function isRemote(logs: string): boolean {
  return /^(?:s3[an]?|https?):\/\//i.test(logs);
}

/**
 * Where the configuration says that event logs lie; what talks to others is loaded only when it is needed.
 * @throws SourceError if the words name no such place.
 */
export async function logPlace(config: Config, logs = config.spark.logs): Promise<LogPlace> {
  if (!isRemote(logs)) return folderPlace(logs);
  if (/^s3/i.test(logs)) return (await import('./s3.js')).s3Place(config, logs);
  return (await import('./history-server.js')).historyServerPlace(logs);
}

/** The log of one application; the newest where it has several. */
export async function findLog(place: LogPlace, appId: string, signal?: AbortSignal): Promise<FoundLog | undefined> {
  const logs = await place.list(signal ? { signal } : {});
  return logs.findLast((log) => nameOf(log).includes(appId));
}
