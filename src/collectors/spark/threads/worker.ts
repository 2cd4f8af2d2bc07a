import { parentPort } from 'node:worker_threads';
import { SourceError } from '../../../model/errors.js';
import { readGrowingLog } from '../read.js';
import { type Answer, buffersOf, type Question, refusalOf, sent } from './protocol.js';

async function answerTo({ path, state, partial }: Question): Promise<Answer> {
  try {
    return { read: sent(await readGrowingLog(path, { state, partial })) };
  } catch (error) {
    if (error instanceof SourceError) return refusalOf(error);
    return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (question: Question) => {
  answerTo(question).then((answer) => parentPort?.postMessage(answer, 'read' in answer ? buffersOf(answer.read) : []));
});
