import { type LogSource, listLogs, logSource } from '../log-files.js';
import { readGrowingLog } from '../read.js';
import type { FoundLog, LogPlace } from './place.js';

/** A log that has neither grown nor changed since is not read again. */
function cursorOf(source: LogSource): string {
  return JSON.stringify({ bytes: source.bytes, modifiedMs: Math.round(source.modifiedMs), files: source.files.length });
}

function localLog(path: string): FoundLog {
  return {
    path,
    cursor: async () => cursorOf(await logSource(path)),
    read: ({ parse = readGrowingLog, ...options } = {}) => parse(path, options),
  };
}

/** A folder of logs, or one log, on this machine. */
export function folderPlace(folder: string): LogPlace {
  return { list: async () => (await listLogs(folder)).map(localLog) };
}
