import { SourceError } from '../../../model/errors.js';
import type { LogRead } from '../read.js';

/** What a thread is asked. */
export interface Question {
  path: string;
  state: Uint8Array | undefined;
  partial: boolean;
}

/** What a thread answers: the rows, what could not be read, or a bug. */
export type Answer =
  | { read: LogRead }
  | { refused: { source: string; operation: string; reason: string; hint: string | undefined; retryable: boolean } }
  | { bug: string };

export function refusalOf(error: SourceError): Answer {
  const { source, operation, hint, retryable, message } = error;
  return { refused: { source, operation, reason: message.slice(`${source}: ${operation}: `.length), hint, retryable } };
}

/** @throws SourceError as the thread had it; Error for a bug. */
export function readOf(answer: Answer): LogRead {
  if ('read' in answer) return answer.read;
  if ('bug' in answer) throw new Error(answer.bug);
  const { source, operation, reason, hint, retryable } = answer.refused;
  throw new SourceError(source, operation, reason, { retryable, ...(hint !== undefined && { hint }) });
}

/** Memory of the tasks' columns, which moves between threads without being copied. */
export function buffersOf({ log: { stages } }: LogRead): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { tasks } of stages)
    for (const column of [...Object.values(tasks), ...Object.values(tasks.metrics)])
      if (ArrayBuffer.isView(column) && column.buffer instanceof ArrayBuffer) buffers.add(column.buffer);
  return [...buffers];
}
