import pRetry from 'p-retry';
import { messageOf, SourceError } from '../../model/errors.js';
import { limited } from '../../model/limited.js';
import { SECOND_MS } from '../../model/window.js';

const ID = 'report-webhook';
const ATTEMPTS = 4;
const TIMEOUT_MS = 10 * SECOND_MS;

function failure(reason: string, retryable: boolean, cause?: unknown): SourceError {
  return new SourceError(ID, 'post the report', reason, {
    retryable,
    hint: 'Check SPARKFIT_REPORT_WEBHOOK; its address is a secret and is not shown here.',
    cause,
  });
}

async function post(url: string, body: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    // A redirect would hand the report to somebody else.
    redirect: 'error',
    signal: limited(TIMEOUT_MS, signal),
  }).catch((error: unknown) => {
    throw failure(messageOf(error), true, error);
  });
  if (!response.ok)
    throw failure(`the server answered ${response.status}`, response.status === 429 || response.status >= 500);
}

/**
 * Sends the report's few lines as `{"text": …}`, which Slack, Mattermost and most chats take.
 * @throws SourceError without the address, which is a secret.
 */
export async function postWebhook(url: string, text: string, signal: AbortSignal): Promise<void> {
  await pRetry(() => post(url, JSON.stringify({ text }), signal), {
    retries: ATTEMPTS - 1,
    minTimeout: 300,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => error instanceof SourceError && error.retryable,
  }).catch((error: unknown) => {
    // Stopped between two attempts.
    throw error instanceof SourceError ? error : failure(messageOf(error), false, error);
  });
}
