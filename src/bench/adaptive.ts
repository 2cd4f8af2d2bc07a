import type { Verdict } from '../model/verdict.js';

/** When adaptive runs look at what they have, and with which error rate. */
export interface Look {
  /** Runs a side. */
  readonly runs: number;
  readonly alpha: number;
}

const LEAST_RUNS = 6;
/** Shares of the runs at which is looked, with the share of alpha that each look may spend. */
const LOOKS = [
  { at: 0.6, spend: 0.1 },
  { at: 0.8, spend: 0.1 },
  { at: 1, spend: 0.8 },
] as const;

/**
 * Looks of a session of at most `runs` a side. Each look spends its own part of alpha and the parts add up to alpha, so that
 * stopping at whichever look decides keeps the error rate (Bonferroni's inequality), whatever the noise is like.
 */
export function looksOf(runs: number, alpha: number): Look[] {
  const looks: Look[] = [];
  let spend = 0;
  for (const look of LOOKS) {
    spend += look.spend;
    const at = Math.ceil(look.at * runs);
    if ((at < LEAST_RUNS || at >= runs) && look.at < 1) continue;
    looks.push({ runs: look.at < 1 ? at : runs, alpha: spend * alpha });
    spend = 0;
  }
  return looks;
}

/** Whether more runs are not needed: within the noise is no reason to stop, more runs may tell it apart. */
export function isSettled(verdict: Verdict): boolean {
  return verdict === 'improved' || verdict === 'regressed' || verdict === 'equivalent' || verdict === 'invalid';
}
