import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { limited } from '../../src/model/limited.js';
import { startServer } from '../support/http.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('limited', () => {
  it('ends a request that is not answered, though garbage is collected while it waits', async () => {
    const server = await startServer(() => {});
    const requests = Array.from({ length: 20 }, () => fetch(server.url, { signal: limited(200) }));
    const collecting = setInterval(collectGarbage, 20);
    const outcomes = await Promise.allSettled(requests);
    clearInterval(collecting);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.name)).toEqual(
      Array(20).fill('TimeoutError'),
    );
    await server.close();
  });

  it('says nothing of a leak when many requests hang on one signal', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error) => warnings.push(warning);
    process.on('warning', hear);
    const given = new AbortController();
    const signals = Array.from({ length: 20 }, () => limited(60_000, given.signal));
    await new Promise(setImmediate);
    process.off('warning', hear);
    expect(warnings).toEqual([]);
    given.abort();
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('ends with the signal that it is given, for its reason', () => {
    const given = new AbortController();
    const signal = limited(60_000, given.signal);
    expect(signal.aborted).toBe(false);
    given.abort(new Error('stopped'));
    expect(signal.reason).toEqual(new Error('stopped'));
    expect(limited(60_000, given.signal).aborted).toBe(true);
  });
});
