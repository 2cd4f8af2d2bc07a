import type { Codec } from '../../../model/spark.js';
import { type Decoder, WHOLE } from './decoder.js';
import { endOfLz4Block, LZ4_MAGIC, lz4Decoder } from './lz4.js';
import { endOfLzfChunk, LZF_MAGIC, lzfDecoder } from './lzf.js';
import { endOfSnappyBlock, SNAPPY_MAGIC, snappyDecoder } from './snappy.js';
import { GZIP_MAGIC, gzipDecoder } from './zlib.js';
import { endOfZstdFrame, ZSTD_MAGIC, zstdDecoder } from './zstd.js';

const MAGIC: readonly (readonly [Codec, Buffer])[] = [
  ['zstd', ZSTD_MAGIC],
  ['lz4', LZ4_MAGIC],
  ['snappy', SNAPPY_MAGIC],
  ['lzf', LZF_MAGIC],
  ['gzip', GZIP_MAGIC],
  ['none', Buffer.from('{')],
];

/** Bytes that `codecOf` wants to see. */
export const MAGIC_BYTES = 8;

/** The codec that a file's first bytes tell, whatever its name; undefined if they are of no event log. */
export function codecOf(head: Buffer): Codec | undefined {
  return MAGIC.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0];
}

const plainDecoder: Decoder = function* decode(chunks) {
  yield* chunks;
  return WHOLE;
};

/** Where the frame at `at` ends (maybe behind the bytes); undefined if too little of it is there. Throws if it is none. */
export type EndOfFrame = (bytes: Buffer, at: number) => number | undefined;

/** Codecs whose every frame can be read without those before it; the others are to be read from their start. */
export const END_OF_FRAME: Partial<Record<Codec, EndOfFrame>> = {
  zstd: endOfZstdFrame,
  lz4: endOfLz4Block,
  snappy: endOfSnappyBlock,
  lzf: endOfLzfChunk,
};

export async function decoderOf(codec: Codec): Promise<Decoder> {
  switch (codec) {
    case 'none':
      return plainDecoder;
    case 'gzip':
      return gzipDecoder;
    case 'zstd':
      return zstdDecoder();
    case 'lzf':
      return lzfDecoder;
    case 'lz4':
      return lz4Decoder();
    case 'snappy':
      return snappyDecoder();
  }
}
