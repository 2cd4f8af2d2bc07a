import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { messageOf } from '../../../model/errors.js';
import { type Decoder, damaged, type StreamEnd, TRUNCATED, WHOLE } from './decoder.js';

export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** The words of zlib, of Node's zstd and of zstddec for input that ends within a frame. */
const ENDS_EARLY = /unexpected end of file|incomplete stream/i;

export function endOf(error: unknown): StreamEnd {
  const why = messageOf(error);
  return ENDS_EARLY.test(why) ? TRUNCATED : damaged(why);
}

/** Each piece of output is a way to the thread pool and back: with Node's 16 KiB they take most of the time. */
export const OUTPUT = { chunkSize: 1 << 17 };

/** A stream of Node's, and what came of it so far. Taken by events: iterating would lose what was decoded just before an error. */
class Decompressor {
  error: unknown = null;
  ended = false;
  private plain: Buffer[] = [];
  private goOn = () => {};
  private readonly closed: Promise<void>;

  constructor(private readonly stream: Transform & { readonly bytesWritten: number }) {
    stream.on('data', (data: Buffer) => this.plain.push(data));
    stream.on('error', (thrown) => {
      this.error = thrown;
    });
    stream.once('end', () => {
      this.ended = true;
      this.goOn();
    });
    this.closed = new Promise((resolve) => {
      stream.once('close', () => {
        this.goOn();
        resolve();
      });
    });
  }

  /** Gives how many of the bytes were used: fewer where the compressed data ends before them. */
  async write(bytes: Buffer): Promise<number> {
    const before = this.stream.bytesWritten;
    // The callback of a write may never come if the data ends within the bytes.
    await new Promise<void>((resolve) => {
      this.goOn = resolve;
      this.stream.write(bytes, () => resolve());
    });
    return this.stream.bytesWritten - before;
  }

  async end(): Promise<void> {
    if (!this.error) this.stream.end();
    await this.closed;
  }

  take(): Buffer[] {
    const { plain } = this;
    this.plain = [];
    return plain;
  }

  destroy(): void {
    this.stream.destroy();
  }
}

/**
 * A decoder from one of Node's own. Where its data ends another one goes on: Node reads on behind a member of gzip, but
 * not behind a frame of zstd.
 */
export function zlibDecoder(create: () => Transform & { readonly bytesWritten: number }): Decoder {
  return async function* decode(chunks) {
    let stream = new Decompressor(create());
    try {
      for (const chunk of chunks) {
        for (let rest = chunk; rest.length > 0; ) {
          if (stream.ended) {
            stream.destroy();
            stream = new Decompressor(create());
          }
          const used = await stream.write(rest);
          if (stream.error) break;
          yield* stream.take();
          rest = stream.ended ? rest.subarray(used) : rest.subarray(rest.length);
        }
        if (stream.error) break;
      }
      if (!stream.ended) await stream.end();
      yield* stream.take();
      return stream.error ? endOf(stream.error) : WHOLE;
    } finally {
      stream.destroy();
    }
  };
}

export const gzipDecoder: Decoder = zlibDecoder(() => zlib.createGunzip(OUTPUT));
