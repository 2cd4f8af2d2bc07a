import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts when `signal` does, or with a TimeoutError after `ms`. Its timer keeps nothing running.
 *
 * Not AbortSignal.any over AbortSignal.timeout: Node 20 may collect what they made while a request waits for it, and then
 * the time-out never comes. This one is held by its timer.
 */
export function limited(ms: number, signal?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    clearTimeout(timer);
    controller.abort(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', end);
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }, ms);
  timer.unref();
  if (signal === undefined) return controller.signal;
  // One listener for each request of the last `ms`, gone with its timer: many are no leak to warn of.
  setMaxListeners(0, signal);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return controller.signal;
}
