import { describe, expect, it } from 'vitest';
import { killNights } from '../support/kill-nights.js';

describe('nightly killed at 200 random times', () => {
  it('leaves a whole store each time, the next night is right, and so are the open alerts', async () => {
    const { wrong, kills, nights, left } = await killNights(200, 8, 2026);
    process.stdout.write(`${kills} kills in ${nights} nights; left behind: ${JSON.stringify(left)}\n`);
    expect(wrong).toEqual([]);
    expect(kills).toBe(200);
    // Some of them hit the collection and some the time at which the lock was held.
    expect(left.locks).toBeGreaterThan(20);
  }, 3_600_000);
});
