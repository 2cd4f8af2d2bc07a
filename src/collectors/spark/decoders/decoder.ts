/** How a compressed stream ended. */
export interface StreamEnd {
  /** It stops in the middle of a frame: written to the last byte, but not to its end. */
  truncated: boolean;
  /** What was wrong with a frame in the middle; nothing after it could be read. */
  damage: string | null;
}

/**
 * Turns compressed chunks into plain ones. A chunk that it yields is good until the next one is asked for.
 * It never throws for what the data holds: everything up to the fault was yielded.
 */
export type Decoder = (chunks: Iterable<Buffer>) => PlainChunks;

export type PlainChunks = Generator<Buffer, StreamEnd> | AsyncGenerator<Buffer, StreamEnd>;

export const WHOLE: StreamEnd = { truncated: false, damage: null };
export const TRUNCATED: StreamEnd = { truncated: true, damage: null };

export function damaged(why: string): StreamEnd {
  return { truncated: false, damage: why };
}
