import { messageOf } from '../../../model/errors.js';
import { type Decoder, damaged, TRUNCATED, WHOLE } from './decoder.js';

/** One frame that was read: where the next one starts, and what this one held, if anything. */
export interface Frame {
  next: number;
  data?: Buffer;
}

/** Reads the frame at `at`; undefined if its end has not come yet. Throws if it is no frame. */
export type ReadFrame = (bytes: Buffer, at: number) => Frame | undefined;

/** A decoder for formats that are a sequence of small frames, each complete by itself. */
export function framedDecoder(readFrame: ReadFrame): Decoder {
  return function* decode(chunks) {
    let rest: Buffer = Buffer.alloc(0);
    for (const chunk of chunks) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let at = 0;
      while (at < bytes.length) {
        let frame: Frame | undefined;
        try {
          frame = readFrame(bytes, at);
        } catch (error) {
          return damaged(messageOf(error));
        }
        if (!frame) break;
        at = frame.next;
        if (frame.data) yield frame.data;
      }
      rest = Buffer.from(bytes.subarray(at));
    }
    return rest.length > 0 ? TRUNCATED : WHOLE;
  };
}
