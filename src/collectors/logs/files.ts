import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, SourceError } from '../../model/errors.js';
import type { SparkLog } from '../../model/spark.js';
import { type PodLife, UNKNOWN } from '../../store/pod-life.js';
import { keptText, MOST_BYTES } from './text.js';

/** A file that holds the log of one container. */
export interface LogFile {
  path: string;
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
  modifiedMs: number;
  bytes: number;
}

/** As the kubelet links them: `<pod>_<namespace>_<container>-<id>.log`. */
const KUBELET = /^([a-z0-9.-]+)_([a-z0-9-]+)_([a-z0-9-]+)-[0-9a-f]{12,64}\.log$/;
/** As people save them: `<pod>.log`, `<pod>.previous.log`, `<pod>_<container>.log`. */
const SAVED = /^([a-z0-9.-]+?)(?:_([a-z0-9-]+))?(\.previous)?\.(?:log|txt)$/;
/** The lines that count are at the end; some of what precedes the part that is kept helps to cut at a line. */
const READ_BYTES = 4 * MOST_BYTES;

function namesOf(name: string, anyName: boolean) {
  const kubelet = KUBELET.exec(name);
  if (kubelet) {
    const [, pod = '', namespace = '', container = ''] = kubelet;
    return { pod, namespace, container, previous: false };
  }
  const [, pod, container = '', previous] = SAVED.exec(name) ?? [];
  if (pod !== undefined) return { pod, namespace: '', container, previous: previous !== undefined };
  return anyName ? { pod: name, namespace: '', container: '', previous: false } : undefined;
}

/**
 * The log files of a folder, or the one file that is named. With `anyName` whatever a file is called.
 * @throws SourceError if there is no such folder or it cannot be read.
 */
export async function logFiles(path: string, anyName = false): Promise<LogFile[]> {
  try {
    const entry = await stat(path);
    const names = entry.isDirectory() ? (await readdir(path)).sort() : [''];
    const files: LogFile[] = [];
    for (const name of names) {
      const file = join(path, name);
      const own = namesOf(basename(file), anyName);
      const facts = own && (await stat(file));
      if (own && facts?.isFile())
        files.push({ path: file, ...own, modifiedMs: Math.round(facts.mtimeMs), bytes: facts.size });
    }
    return files;
  } catch (error) {
    throw new SourceError('pod-logs', `read ${path}`, messageOf(error), {
      hint: 'Name a folder with <pod>.log files, or one such file.',
    });
  }
}

/** The end of a file. */
export async function readEnd({ path }: Pick<LogFile, 'path'>): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, READ_BYTES);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Logs that belong to `run` whatever their names say, as pods of it; a name that says neither is taken for the driver's. */
export async function podsInFiles(path: string, run: SparkLog, tailLines: number): Promise<PodLife[]> {
  const { startMs, lastEventMs, namespace } = run.application;
  const files = await logFiles(path, true);
  return Promise.all(
    files.map(async (file) => ({
      ...UNKNOWN,
      namespace: file.namespace || (namespace ?? ''),
      name: file.pod,
      role: /-exec-\d+$/.test(file.pod) ? ('executor' as const) : ('driver' as const),
      createdMs: startMs,
      endMs: lastEventMs,
      logs: [
        {
          container: file.container,
          previous: file.previous,
          finishedMs: Math.max(startMs, Math.min(lastEventMs, file.modifiedMs)),
          text: keptText(await readEnd(file), tailLines),
        },
      ],
    })),
  );
}
