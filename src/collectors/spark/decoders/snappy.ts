import type { Decoder } from './decoder.js';
import { framedDecoder } from './framed.js';

/**
 * The framing of org.xerial.snappy.SnappyOutputStream, which Spark uses; not the standard snappy frame.
 * Magic, version, least version (big-endian 32 bit each), then length (big-endian) and raw block, again and again.
 */
export const SNAPPY_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER = 16;
const MAX_BLOCK = 1 << 29;

/** Where the block or the stream's header at `at` ends; undefined if too little of it is there. Throws if it is neither. */
export function endOfSnappyBlock(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + 4) return undefined;
  // Appended streams bring their header again. A length never starts with this byte.
  if (bytes[at] === SNAPPY_MAGIC[0]) return at + HEADER;
  const length = bytes.readInt32BE(at);
  if (length < 0 || length > MAX_BLOCK) throw new RangeError('a damaged snappy block length');
  return at + 4 + length;
}

export async function snappyDecoder(): Promise<Decoder> {
  const { uncompressSync } = await import('snappy');
  return framedDecoder((bytes, at) => {
    const next = endOfSnappyBlock(bytes, at);
    if (next === undefined || bytes.length < next) return undefined;
    if (bytes[at] === SNAPPY_MAGIC[0]) return { next };
    const data = uncompressSync(bytes.subarray(at + 4, next), { asBuffer: true });
    return { next, data: Buffer.isBuffer(data) ? data : Buffer.from(data) };
  });
}
