import type { Decoder } from './decoder.js';
import { framedDecoder } from './framed.js';

/**
 * The framing of net.jpountz.lz4.LZ4BlockOutputStream, which Spark uses; not the standard LZ4 frame.
 * `LZ4Block`, token, compressed length, original length, checksum (little-endian 32 bit each), payload.
 */
export const LZ4_MAGIC = Buffer.from('LZ4Block');
const HEADER = 21;
const METHOD_MASK = 0xf0;
const RAW = 0x10;
const COMPRESSED = 0x20;
/** The largest block that the format allows: 2^25. */
const MAX_BLOCK = 1 << 25;

/** Where the block at `at` ends; undefined if its header is not there whole. Throws if it is none. */
export function endOfLz4Block(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + HEADER) return undefined;
  if (bytes.compare(LZ4_MAGIC, 0, LZ4_MAGIC.length, at, at + LZ4_MAGIC.length) !== 0)
    throw new RangeError('no LZ4Block header where one was expected');
  const method = (bytes[at + 8] ?? 0) & METHOD_MASK;
  const length = bytes.readInt32LE(at + 9);
  const original = bytes.readInt32LE(at + 13);
  if ((method !== RAW && method !== COMPRESSED) || length < 0 || original < 0 || original > MAX_BLOCK)
    throw new RangeError('a damaged LZ4Block header');
  return at + HEADER + length;
}

export async function lz4Decoder(): Promise<Decoder> {
  const { uncompressSync } = await import('lz4-napi');
  return framedDecoder((bytes, at) => {
    const next = endOfLz4Block(bytes, at);
    if (next === undefined || bytes.length < next) return undefined;
    const original = bytes.readInt32LE(at + 13);
    // A block without content ends a stream; another stream may follow.
    if (original === 0) return { next };
    if (((bytes[at + 8] ?? 0) & METHOD_MASK) === RAW) return { next, data: bytes.subarray(at + HEADER, next) };
    // The library wants the original length (little-endian 32 bit) before the payload.
    const block = Buffer.allocUnsafe(next - at - HEADER + 4);
    block.writeUInt32LE(original, 0);
    bytes.copy(block, 4, at + HEADER, next);
    return { next, data: uncompressSync(block) };
  });
}
