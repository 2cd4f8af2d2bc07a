import type { Decoder } from './decoder.js';
import { framedDecoder } from './framed.js';

/**
 * The framing of com.ning.compress.lzf: chunks of `ZV`, type (0 raw, 1 compressed), length (big-endian 16 bit),
 * for compressed ones the original length (16 bit), payload.
 */
export const LZF_MAGIC = Buffer.from('ZV');
const RAW = 0;
const COMPRESSED = 1;

/**
 * LZF: a byte below 32 is followed by so many plus one literal bytes; any other is a copy of what was written
 * before: 3 bits of length (7: one more byte adds to it) plus 2, 13 bits of distance plus 1.
 */
function expand(source: Buffer, original: number): Buffer {
  const out = Buffer.allocUnsafe(original);
  let from = 0;
  let to = 0;
  while (to < original) {
    const control = source[from++];
    if (control === undefined) throw new RangeError('an LZF chunk that ends too early');
    if (control < 32) {
      const end = from + control + 1;
      if (end > source.length || to + control + 1 > original) throw new RangeError('a damaged LZF chunk');
      to += source.copy(out, to, from, end);
      from = end;
      continue;
    }
    let length = (control >> 5) + 2;
    if (length === 9) length += source[from++] ?? 0;
    let back = to - ((control & 31) << 8) - (source[from++] ?? 0) - 1;
    if (back < 0 || to + length > original) throw new RangeError('a damaged LZF chunk');
    // Source and target may overlap, so that bytes just written are read again.
    for (const end = to + length; to < end; ) out[to++] = out[back++] ?? 0;
  }
  return out;
}

/** Where the chunk at `at` ends; undefined if its header is not there whole. Throws if it is none. */
export function endOfLzfChunk(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + 5) return undefined;
  if (bytes[at] !== LZF_MAGIC[0] || bytes[at + 1] !== LZF_MAGIC[1])
    throw new RangeError('no LZF chunk where one was expected');
  const type = bytes[at + 2];
  if (type !== RAW && type !== COMPRESSED) throw new RangeError(`an LZF chunk of unknown type ${type}`);
  return at + (type === RAW ? 5 : 7) + bytes.readUInt16BE(at + 3);
}

export const lzfDecoder: Decoder = framedDecoder((bytes, at) => {
  const next = endOfLzfChunk(bytes, at);
  if (next === undefined || bytes.length < next) return undefined;
  if (bytes[at + 2] === RAW) return { next, data: bytes.subarray(at + 5, next) };
  return { next, data: expand(bytes.subarray(at + 7, next), bytes.readUInt16BE(at + 5)) };
});
