import { gzipSync } from 'node:zlib';
import { compressSync as lz4Block } from 'lz4-napi';
import { compressSync as snappyBlock } from 'snappy';
import { ZSTDDecoder } from 'zstddec/stream';

/** Spark's framings, written for the tests as their public descriptions have them. */

const BLOCK_BYTES = 32 * 1024;

function blocksOf(plain: Buffer, size = BLOCK_BYTES): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < plain.length; at += size) blocks.push(plain.subarray(at, at + size));
  return blocks;
}

const zstd = new ZSTDDecoder();
await zstd.init();

export function plainOfZstd(compressed: Buffer): Buffer {
  return Buffer.from(zstd.decode(compressed));
}

export function asGzip(plain: Buffer): Buffer {
  return gzipSync(plain);
}

function lz4Frame(method: number, original: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(21);
  header.write('LZ4Block');
  header.writeUInt8(method | 5, 8);
  header.writeInt32LE(payload.length, 9);
  header.writeInt32LE(original, 13);
  return Buffer.concat([header, payload]);
}

/** Every third block raw, as the writer does it where compressing gains nothing; an empty block at the end. */
export function asLz4(plain: Buffer): Buffer {
  const frames = blocksOf(plain).map((block, place) =>
    place % 3 === 2
      ? lz4Frame(0x10, block.length, block)
      : // The library puts the original length before the block.
        lz4Frame(0x20, block.length, lz4Block(block).subarray(4)),
  );
  return Buffer.concat([...frames, lz4Frame(0x10, 0, Buffer.alloc(0))]);
}

const SNAPPY_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);

/** Two streams one after the other, as an appended log has them. */
export function asSnappy(plain: Buffer): Buffer {
  const stream = (part: Buffer) =>
    blocksOf(part).flatMap((block) => {
      const payload = snappyBlock(block);
      const length = Buffer.alloc(4);
      length.writeInt32BE(payload.length);
      return [length, payload];
    });
  const half = plain.length >> 1;
  return Buffer.concat([
    SNAPPY_HEADER,
    ...stream(plain.subarray(0, half)),
    SNAPPY_HEADER,
    ...stream(plain.subarray(half)),
  ]);
}

const LONGEST_COPY = 264;
const LONGEST_LITERAL = 32;
const FARTHEST_COPY = 1 << 13;

/** A greedy LZF compressor: looks for the last place where the same three bytes stood. */
function lzfBlock(plain: Buffer): Buffer {
  const out: number[] = [];
  const lastPlace = new Map<number, number>();
  let literalFrom = 0;
  const flush = (to: number) => {
    for (; literalFrom < to; literalFrom += LONGEST_LITERAL) {
      const end = Math.min(to, literalFrom + LONGEST_LITERAL);
      out.push(end - literalFrom - 1, ...plain.subarray(literalFrom, end));
    }
    literalFrom = to;
  };
  for (let at = 0; at + 2 < plain.length; ) {
    const key = plain.readUIntBE(at, 3);
    const from = lastPlace.get(key);
    lastPlace.set(key, at);
    if (from === undefined || at - from > FARTHEST_COPY) {
      at++;
      continue;
    }
    let length = 3;
    while (length < LONGEST_COPY && at + length < plain.length && plain[from + length] === plain[at + length]) length++;
    flush(at);
    const distance = at - from - 1;
    if (length < 9) out.push(((length - 2) << 5) | (distance >> 8), distance & 255);
    else out.push((7 << 5) | (distance >> 8), length - 9, distance & 255);
    at += length;
    literalFrom = at;
  }
  flush(plain.length);
  return Buffer.from(out);
}

/** Every third chunk raw. */
export function asLzf(plain: Buffer): Buffer {
  const chunks = blocksOf(plain).flatMap((block, place) => {
    const raw = place % 3 === 2;
    const payload = raw ? block : lzfBlock(block);
    const header = Buffer.alloc(raw ? 5 : 7);
    header.write('ZV');
    header.writeUInt8(raw ? 0 : 1, 2);
    header.writeUInt16BE(payload.length, 3);
    if (!raw) header.writeUInt16BE(block.length, 5);
    return [header, payload];
  });
  return Buffer.concat(chunks);
}
