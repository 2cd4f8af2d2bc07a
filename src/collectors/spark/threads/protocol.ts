import { SourceError } from '../../../model/errors.js';
import type { SparkLog, SparkStage } from '../../../model/spark.js';
import { encodeTasks, PackedTasks } from '../../../store/task-columns.js';
import type { LogRead } from '../read.js';

/** What a thread is asked. */
export interface Question {
  path: string;
  state: Uint8Array | undefined;
  partial: boolean;
}

/** A log's rows without what does not move between threads: tasks as the bytes of `encodeTasks`. */
type SentLog = Omit<SparkLog, 'stages'> & { stages: (Omit<SparkStage, 'tasks'> & { tasks: Uint8Array })[] };
type SentRead = Omit<LogRead, 'log'> & { log: SentLog };

/** What a thread answers: the rows, what could not be read, or a bug. */
export type Answer =
  | { read: SentRead }
  | { refused: { source: string; operation: string; reason: string; hint: string | undefined; retryable: boolean } }
  | { bug: string };

export function sent({ log, ...read }: LogRead): SentRead {
  const stages = log.stages.map((stage) => ({ ...stage, tasks: encodeTasks(stage.tasks) }));
  return { ...read, log: { ...log, stages } };
}

function received({ log, ...read }: SentRead): LogRead {
  const stages = log.stages.map((stage) => ({ ...stage, tasks: new PackedTasks(stage.tasks) }));
  return { ...read, log: { ...log, stages } };
}

export function refusalOf(error: SourceError): Answer {
  const { source, operation, hint, retryable, message } = error;
  return { refused: { source, operation, reason: message.slice(`${source}: ${operation}: `.length), hint, retryable } };
}

/** @throws SourceError as the thread had it; Error for a bug. */
export function readOf(answer: Answer): LogRead {
  if ('read' in answer) return received(answer.read);
  if ('bug' in answer) throw new Error(answer.bug);
  const { source, operation, reason, hint, retryable } = answer.refused;
  throw new SourceError(source, operation, reason, { retryable, ...(hint !== undefined && { hint }) });
}

/** Memory of the tasks, which moves between threads without being copied. */
export function buffersOf({ log: { stages } }: SentRead): ArrayBuffer[] {
  return stages.map(({ tasks }) => tasks.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
