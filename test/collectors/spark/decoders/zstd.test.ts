import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decoder, TRUNCATED, WHOLE } from '../../../../src/collectors/spark/decoders/decoder.js';
import { zlibDecoder } from '../../../../src/collectors/spark/decoders/zlib.js';
import { endOfZstdFrame, ZSTD_MAGIC } from '../../../../src/collectors/spark/decoders/zstd.js';
import { plainOfZstd } from '../encode.js';
import { EXECUTOR_LOST, FIXTURES } from '../fixtures.js';

const log = readFileSync(join(FIXTURES, `${EXECUTOR_LOST}.zstd`));

/** Ends of all frames, as far as the bytes go. */
function framesOf(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at: number | undefined = 0; at !== undefined && at < bytes.length; ) {
    at = endOfZstdFrame(bytes, at);
    if (at !== undefined && at <= bytes.length) ends.push(at);
  }
  return ends;
}

describe('frames of zstd', () => {
  it('are found by their headers: each can be decoded alone, and all of them are the log', () => {
    const ends = framesOf(log);

    expect(ends.length).toBeGreaterThan(5);
    expect(ends.at(-1)).toBe(log.length);
    const plain = ends.map((end, at) => {
      const frame = log.subarray(ends[at - 1] ?? 0, end);
      expect(frame.subarray(0, 4)).toEqual(ZSTD_MAGIC);
      return plainOfZstd(Buffer.from(frame));
    });
    expect(Buffer.concat(plain).equals(plainOfZstd(log))).toBe(true);
  });

  it('cut at any byte, only whole ones are found', () => {
    const ends = framesOf(log);
    fc.assert(
      fc.property(fc.nat(log.length), (cut) => {
        expect(framesOf(log.subarray(0, cut))).toEqual(ends.filter((end) => end <= cut));
      }),
      { numRuns: 200, seed: 20261125 },
    );
  });

  it('may be such as are to be skipped, and nothing else', () => {
    const skippable = Buffer.concat([Buffer.from('5a2a4d1803000000', 'hex'), Buffer.from('abc')]);

    expect(endOfZstdFrame(Buffer.concat([skippable, log]), 0)).toBe(skippable.length);
    expect(() => endOfZstdFrame(Buffer.from('no frame at all'), 0)).toThrow('no zstd frame');
  });
});

describe('a decoder of Node', () => {
  async function decoded(decode: Decoder, chunks: Iterable<Buffer>) {
    const plain: Buffer[] = [];
    const iterator = decode(chunks);
    for (;;) {
      const next = await iterator.next();
      if (next.done) return { end: next.value, plain: Buffer.concat(plain).toString() };
      plain.push(Buffer.from(next.value));
    }
  }
  const inflate = zlibDecoder(() => zlib.createInflate());
  // As frames of zstd: Node does not read on behind the end of a stream of zlib.
  const streams = Buffer.concat(['one ', 'two ', 'three'].map((text) => zlib.deflateSync(text)));

  it('goes on behind the end of a stream, wherever chunks end', async () => {
    for (const size of [1, 7, 12, streams.length]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < streams.length; at += size) chunks.push(streams.subarray(at, at + size));
      expect(await decoded(inflate, chunks)).toEqual({ end: WHOLE, plain: 'one two three' });
    }
  });

  it('gives what came before the cut and says so', async () => {
    const { end, plain } = await decoded(inflate, [streams.subarray(0, -3)]);

    expect(end).toEqual(TRUNCATED);
    expect(plain).toMatch(/^one two /);
  });
});
