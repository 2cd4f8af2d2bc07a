import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { readZip } from '../../../../src/collectors/spark/sources/zip.js';

export const FIXTURES = join(import.meta.dirname, '../../../fixtures');
export const SINGLE = 'app-20261123203032-0019';
export const ROLLING = 'app-20261123204710-0041';
export const RUNNING = 'app-20261123205619-0045';

export function archiveOf(appId: string): Buffer {
  return readFileSync(join(FIXTURES, 'history-server', `${appId}.zip`));
}

/** The files of a recorded log by name. */
export async function filesOf(appId: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const { name, content } of readZip(Readable.from([archiveOf(appId)])))
    files.set(name, await buffer(content));
  return files;
}
