import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readZip } from '../../../../src/collectors/spark/sources/zip.js';
import { plainLog } from '../fixtures.js';
import { archiveOf, ROLLING as ROLLING_ID, RUNNING, SINGLE } from './recorded.js';

const WHOLE = archiveOf(SINGLE);
const ROLLING = archiveOf(ROLLING_ID);

async function* cut(archive: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < archive.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield archive.subarray(at, at + size);
    at += size;
  }
}

async function unzipped(chunks: AsyncIterable<Buffer>): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const { name, content } of readZip(chunks)) files.set(name, await buffer(content));
  return files;
}

/** Names with sums of the contents: quicker to compare. */
async function digests(archive: Buffer, sizes: readonly number[]): Promise<string[]> {
  const files = await unzipped(cut(archive, sizes));
  return Array.from(files, ([name, content]) => `${name} ${content.length} ${crc32(content)}`);
}

/** A ZIP archive of one stored file, with its sizes in front. */
function storedArchive(name: string, content: Buffer, crc: number): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  const end = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
  return Buffer.concat([header, Buffer.from(name), content, end]);
}

describe('reading a ZIP archive as it arrives', () => {
  it('gives the files of a rolling log, folders left out', async () => {
    const files = await unzipped(cut(ROLLING, [65_536]));

    const folder = 'eventlog_v2_app-20261123204710-0041';
    expect([...files.keys()]).toEqual([
      `${folder}/events_1_app-20261123204710-0041`,
      `${folder}/appstatus_app-20261123204710-0041`,
    ]);
    const [events, status] = files.values();
    expect(events).toHaveLength(705_082);
    expect(events?.subarray(0, 30).toString()).toBe('{"Event":"SparkListenerLogStar');
    expect(status).toHaveLength(0);
  });

  it('gives the same however the network cuts it', async () => {
    const whole = await digests(ROLLING, [ROLLING.length]);

    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 200, max: 9000 }), { minLength: 1, maxLength: 5 }), async (sizes) => {
        expect(await digests(ROLLING, sizes)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('gives the same in the smallest pieces', async () => {
    const archive = archiveOf(RUNNING);

    expect(await digests(archive, [1, 2, 3, 5, 8])).toEqual(await digests(archive, [archive.length]));
  });

  it.each([0.1, 0.5, 0.98])('says that an archive ends too early (%f)', async (share) => {
    const part = WHOLE.subarray(0, Math.floor(WHOLE.length * share));

    await expect(unzipped(cut(part, [4096]))).rejects.toThrow('the archive ends too early');
  });

  it('finds damage by the checksum', async () => {
    const content = Buffer.from('a plain log');
    const archive = storedArchive('app-1', content, 12345);

    await expect(unzipped(cut(archive, [7]))).rejects.toThrow('app-1 was damaged on the way: its checksum is wrong');
  });

  it('reads stored files too', async () => {
    const archive = storedArchive('app-1', Buffer.from('123456789'), 0xcbf43926);

    expect((await unzipped(cut(archive, [11]))).get('app-1')?.toString()).toBe('123456789');
  });

  it('refuses what is no archive', async () => {
    await expect(unzipped(cut(plainLog('app-20261123203032-0019'), [1000]))).rejects.toThrow('it is no ZIP archive');
  });
});
