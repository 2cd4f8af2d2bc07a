import { MessageChannel } from 'node:worker_threads';
import zlib from 'node:zlib';
import type { Decoder } from './decoder.js';
import { damaged, TRUNCATED, WHOLE } from './decoder.js';
import { endOf, OUTPUT, zlibDecoder } from './zlib.js';

/** Spark writes many frames one after the other; an unfinished log ends within one. */
export const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER = 8;
const MAGIC_LENGTH = 4;
const BLOCK_HEADER = 3;
/** Block types (RFC 8878 3.1.1.2): a run-length block is one byte, whatever its size says. */
const RLE = 1;
const RESERVED = 3;

function isSkippable(header: Buffer): boolean {
  return (header.readUInt32LE(0) & ~0xf) >>> 0 === SKIPPABLE_MAGIC;
}

/** Bytes before a frame's first block (RFC 8878 3.1.1.1): magic, descriptor, window, dictionary id, content size. */
function zstdHeaderBytes(descriptor: number): number {
  const sizeFlag = descriptor >> 6;
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = sizeFlag === 0 ? Number(singleSegment) : 1 << sizeFlag;
  return MAGIC_LENGTH + 1 + (singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
}

/** Follows zstd from header to header, without decoding; throws where there is none. */
class FrameWalk {
  /** Bytes until the next header. */
  private skip = 0;
  /** The beginning of a header that has not come whole. */
  private held: Buffer = Buffer.alloc(0);
  private inBlocks = false;
  private checksumBytes = 0;

  /** Whether the bytes so far end between two frames. */
  get isWhole(): boolean {
    return !this.inBlocks && this.skip === 0 && this.held.length === 0;
  }

  /** Goes on to the end of the bytes, or of a frame; gives how many it took. */
  push(bytes: Buffer): number {
    for (let at = 0; ; ) {
      const skipped = Math.min(this.skip, bytes.length - at);
      this.skip -= skipped;
      at += skipped;
      if (at === bytes.length || (at > 0 && this.isWhole)) return at;
      const needed = this.headerBytes() - this.held.length;
      const more = bytes.subarray(at, at + needed);
      this.held = Buffer.concat([this.held, more]);
      at += more.length;
      if (more.length < needed) return at;
      if (this.held.length < this.headerBytes()) continue;
      if (this.inBlocks) this.block(this.held.readUIntLE(0, BLOCK_HEADER));
      else this.frame(this.held);
      this.held = Buffer.alloc(0);
    }
  }

  private headerBytes(): number {
    if (this.inBlocks) return BLOCK_HEADER;
    return this.held.length >= MAGIC_LENGTH && isSkippable(this.held) ? SKIPPABLE_HEADER : MAGIC_LENGTH + 1;
  }

  private frame(header: Buffer): void {
    if (isSkippable(header)) {
      this.skip = header.readUInt32LE(MAGIC_LENGTH);
      return;
    }
    if (header.compare(ZSTD_MAGIC, 0, MAGIC_LENGTH, 0, MAGIC_LENGTH) !== 0)
      throw new RangeError('no zstd frame where one was expected');
    const descriptor = header[MAGIC_LENGTH] ?? 0;
    this.skip = zstdHeaderBytes(descriptor) - header.length;
    this.checksumBytes = (descriptor & 4) !== 0 ? 4 : 0;
    this.inBlocks = true;
  }

  private block(header: number): void {
    const type = (header >> 1) & 3;
    if (type === RESERVED) throw new RangeError('a damaged zstd block');
    const isLast = (header & 1) === 1;
    this.skip = (type === RLE ? 1 : header >> 3) + (isLast ? this.checksumBytes : 0);
    this.inBlocks = !isLast;
  }
}

/** Where the frame at `at` ends; undefined if it is not there whole. Throws if it is none. */
export function endOfZstdFrame(bytes: Buffer, at: number): number | undefined {
  const walk = new FrameWalk();
  const taken = walk.push(bytes.subarray(at));
  return taken > 0 && walk.isWhole ? at + taken : undefined;
}

/** The library calls zstd again and again on a frame that zstd refuses; a whole one gives something long before this. */
const MOST_EMPTY_ANSWERS = 1000;

/**
 * Gives the memory of what was decoded back at once. The library makes new memory for each piece, and left to the
 * collector some 30 MB of them wait; a message to a closed port takes its buffer along.
 */
function newBin(): (bytes: Uint8Array) => void {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.unref();
  return ({ buffer }) => {
    if (buffer instanceof ArrayBuffer) port2.postMessage(null, [buffer]);
  };
}

/** Node's own from 22.15 on; it is not in the types of the oldest Node that is supported. */
function nativeZstd(): (() => zlib.Gunzip) | undefined {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return typeof create === 'function' ? () => create(OUTPUT) : undefined;
}

/** Node's own where it has one, else zstd as WebAssembly. */
export async function zstdDecoder(native = nativeZstd()): Promise<Decoder> {
  return native ? nativeDecoder(native) : wasmDecoder();
}

/** Node's zstd says nothing of a frame without its end. */
function nativeDecoder(native: () => zlib.Gunzip): Decoder {
  return async function* decode(chunks) {
    const walk = new FrameWalk();
    function* noted() {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length; ) at += walk.push(chunk.subarray(at));
        yield chunk;
      }
    }
    try {
      const end = yield* zlibDecoder(native)(noted());
      return end.damage === null && !walk.isWhole ? TRUNCATED : end;
    } catch (error) {
      if (error instanceof RangeError) return damaged(error.message);
      throw error;
    }
  };
}

/** What `start` begins without `fetch`. */
function withoutFetch<T>(start: () => T): T {
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, 'fetch');
  try {
    return start();
  } finally {
    globalThis.fetch = fetch;
  }
}

async function wasmDecoder(): Promise<Decoder> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const zstd = new ZSTDDecoder();
  // It would fetch its own code from a data: URL, and Node would load all of its HTTP client for that: 8 MB and 80 ms.
  await withoutFetch(() => zstd.init());
  return function* decode(chunks) {
    const discard = newBin();
    let emptyAnswers = 0;
    function* noted() {
      for (const chunk of chunks) {
        emptyAnswers = 0;
        yield chunk;
      }
    }
    try {
      for (const piece of zstd.decodeStreaming(noted())) {
        const { buffer, byteOffset, byteLength } = piece;
        if (byteLength > 0) yield Buffer.from(buffer, byteOffset, byteLength);
        discard(piece);
        emptyAnswers = byteLength > 0 ? 0 : emptyAnswers + 1;
        if (emptyAnswers > MOST_EMPTY_ANSWERS) return damaged('a damaged zstd frame');
      }
    } catch (error) {
      return endOf(error);
    }
    return WHOLE;
  };
}
