import { closeSync, openSync, readSync } from 'node:fs';
import { messageOf } from '../../model/errors.js';
import type { Codec } from '../../model/spark.js';
import type { PlainChunks } from './decoders/decoder.js';
import { codecOf, decoderOf, END_OF_FRAME, MAGIC_BYTES } from './decoders/index.js';
import { type LogFile, sourceError } from './log-files.js';

/** Small enough to stay in the processor's cache between reading and scanning: half the time of 1 MiB. */
const CHUNK_BYTES = 1 << 17;

/** Bytes of a file as it lies: compressed ones if it is. */
export interface ByteRange {
  from: number;
  to: number;
}

/** Reads synchronously: what follows is all computing, and a thread of its own for the reads costs more than it saves. */
function* readChunks(file: LogFile, codec: Codec, { from, to }: ByteRange): Generator<Buffer> {
  const descriptor = openSync(file.path, 'r');
  try {
    // Decoders keep hold of what they are given; lines of a plain log are done with before the next read.
    const reused = codec === 'none' ? Buffer.allocUnsafeSlow(CHUNK_BYTES) : undefined;
    for (let at = from; at < to; ) {
      const buffer = reused ?? Buffer.allocUnsafe(CHUNK_BYTES);
      const bytesRead = readSync(descriptor, buffer, 0, Math.min(CHUNK_BYTES, to - at), at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** What a file's name promises, for messages. */
function expectedOf(path: string): string {
  const suffix = /\.(zstd|zst|lz4|snappy|lzf|gz)(?:\.inprogress|\.compact)?$/.exec(path)?.[1];
  return suffix
    ? `a Spark event log compressed as its name says (.${suffix})`
    : 'a Spark event log: lines of JSON that start with {"Event":"SparkListener…"}';
}

export function notALog(path: string, found: string) {
  return sourceError(
    `read ${path}`,
    `${found}; expected ${expectedOf(path)}`,
    'Name an event log of Spark: plain, gzip, zstd, lz4, snappy or lzf, one file or an eventlog_v2_* folder.',
  );
}

export interface FileContent {
  codec: Codec;
  /** Plain bytes; each chunk is good until the next one is asked for. */
  chunks: PlainChunks;
}

/** Up to `length` bytes from `from`. */
export function readBytes(path: string, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, length));
  const descriptor = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, from));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * How a file of a log is compressed, by its first bytes.
 * @throws SourceError if it cannot be read or is no event log.
 */
export function codecOfFile(file: LogFile): Codec {
  let head: Buffer;
  try {
    head = readBytes(file.path, 0, Math.min(MAGIC_BYTES, file.bytes));
  } catch (error) {
    throw sourceError(`open ${file.path}`, messageOf(error), 'Check the path and that it may be read.');
  }
  const codec = head.length === 0 ? 'none' : codecOf(head);
  if (codec) return codec;
  throw notALog(file.path, `it starts with the bytes ${head.toString('hex')}`);
}

/** The plain bytes of a range that begins where a frame does; each chunk is good until the next one is asked for. */
export async function plainChunks(file: LogFile, codec: Codec, range: ByteRange): Promise<PlainChunks> {
  return (await decoderOf(codec))(readChunks(file, codec, range));
}

const FIRST_WINDOW = 1 << 20;
/** A frame larger than this is taken as one that has not ended. */
const LARGEST_WINDOW = 1 << 25;

/**
 * The end of the last whole frame, from where reading can go on once more was written, found by headers alone. Of a
 * plain file its end. Undefined where reading cannot go on in the middle of a file.
 */
export function endOfFrames(file: LogFile, codec: Codec, from: number): number | undefined {
  if (codec === 'none') return file.bytes;
  const endOf = END_OF_FRAME[codec];
  if (!endOf) return undefined;
  let end = from;
  for (let size = FIRST_WINDOW; end < file.bytes && size <= LARGEST_WINDOW; ) {
    const bytes = readBytes(file.path, end, Math.min(size, file.bytes - end));
    let at = 0;
    try {
      for (let next = endOf(bytes, 0); next !== undefined && end + next <= file.bytes; next = endOf(bytes, at)) {
        at = next;
        if (at >= bytes.length) break;
      }
    } catch {
      return end + at;
    }
    const reached = end + bytes.length >= file.bytes;
    if (at === 0 && reached) break;
    size = at === 0 ? size * 2 : FIRST_WINDOW;
    end += at;
  }
  return end;
}
