import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Codec } from '../../model/spark.js';
import { readBytes } from './chunks.js';
import type { StateSnapshot } from './events/state.js';
import type { LogFile, LogSource } from './log-files.js';

/** Raised whenever what is kept changes its shape; a log whose state has another one is read whole. */
const FORMAT = 4;
/** Bytes before the place to go on from that must be as they were. */
const TAIL_BYTES = 1 << 16;
/** Bytes at the start of the log that must be as they were: the application's id and when it began. */
const HEAD_BYTES = 1 << 12;
/** Fast: most of what is kept are columns of numbers that shrink at any level. */
const DEFLATE_LEVEL = 1;

/** A place in a log up to which everything was read. */
export interface Position {
  /** Number of the file (LogFile.index). */
  index: number;
  /** In the file as it lies; a frame begins there if it is compressed. */
  offset: number;
  /** Plain bytes before it that are the beginning of a line. */
  carry: Uint8Array;
  /** Lines of this file before it. */
  fileLines: number;
}

/** Findings so far that are no rows. */
export interface ReadingFacts {
  codec: Codec;
  lines: number;
  skippedEvents: Record<string, number>;
  damagedLines: number;
  firstDamaged: string;
  damage: string[];
}

/** All that is needed to go on with a log that has grown since. */
export interface ResumeState {
  position: Position;
  facts: ReadingFacts;
  state: StateSnapshot;
}

interface Kept extends ResumeState {
  format: number;
  head: string;
  tail: string;
}

function digest(file: LogFile | undefined, from: number, length: number): string {
  if (!file) return '';
  return createHash('sha256')
    .update(readBytes(file.path, from, length))
    .digest('base64');
}

/** Of the first file, where it is the log's beginning still. */
function headOf(file: LogFile | undefined, position: Position): string {
  if (file?.index !== 1 || file.compact) return '';
  return digest(file, 0, file.index === position.index ? Math.min(HEAD_BYTES, position.offset) : HEAD_BYTES);
}

function tailOf(file: LogFile | undefined, { offset }: Position): string {
  const length = Math.min(TAIL_BYTES, offset);
  return digest(file, offset - length, length);
}

function fileAt({ files }: LogSource, index: number): LogFile | undefined {
  return files.find((file) => file.index === index);
}

export function packState(source: LogSource, resume: ResumeState): Uint8Array {
  const { position } = resume;
  const head = headOf(source.files[0], position);
  const tail = tailOf(fileAt(source, position.index), position);
  const kept: Kept = { ...resume, format: FORMAT, head, tail };
  return deflateRawSync(serialize(kept), { level: DEFLATE_LEVEL });
}

function unpack(packed: Uint8Array): Kept | undefined {
  try {
    const kept: Kept = deserialize(inflateRawSync(packed));
    return kept.format === FORMAT ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Number of the file in which the earlier reading ended: those before it are not needed. 1 if nothing is known. */
export function firstNeeded(packed: Uint8Array): number {
  return unpack(packed)?.position.index ?? 1;
}

/**
 * What an earlier reading left; undefined if it is of another version, or if the log is no longer the one that was read:
 * shorter, replaced, or compacted beyond the place where reading ended.
 */
export function unpackState(source: LogSource, packed: Uint8Array): ResumeState | undefined {
  const kept = unpack(packed);
  if (!kept) return undefined;
  const { position, head, tail } = kept;
  const file = fileAt(source, position.index);
  if (!file || file.compact || file.bytes < position.offset) return undefined;
  const first = headOf(source.files[0], position);
  if (first !== '' && head !== '' && first !== head) return undefined;
  return tailOf(file, position) === tail ? kept : undefined;
}
