import { isMetric, METRIC_NAMES, type MetricName } from '../bench/metrics.js';
import type { VerdictOptions } from '../bench/verdict.js';
import { UsageError } from '../model/errors.js';

/** A number within bounds. @throws UsageError that names the option. */
export function numberOf(text: string, option: string, least: number, most: number, whole = false): number {
  const value = Number(text.trim());
  if (text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(`${option} '${text}' is no ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
}

/** Less than this without its sign is likely a share: 0.04 for 4 %. */
const LEAST_PLAIN_PERCENT = 0.5;

/** `4`, `4%`, `4 %`. */
export function percentOf(text: string, option: string, most = 1000): number {
  const percent = numberOf(text.replace(/\s*%$/, ''), option, 0, most);
  if (text.includes('%') || percent === 0 || percent >= LEAST_PLAIN_PERCENT) return percent;
  throw new UsageError(`${option} '${text}': is that ${percent} % or ${Number((percent * 100).toPrecision(6))} %?`, {
    hint: `Give it with its sign: ${Number((percent * 100).toPrecision(6))}% or ${percent}%.`,
  });
}

export interface VerdictWords {
  alpha?: string;
  noise?: string;
  equivalence?: string;
  metric?: string[];
}

export function metricsOf(words: readonly string[] | undefined): MetricName[] | undefined {
  return words?.map((word) => {
    if (isMetric(word)) return word;
    throw new UsageError(`--metric '${word}' is no metric`, { hint: `Give one of ${METRIC_NAMES.join(', ')}.` });
  });
}

export function verdictOptionsOf({ alpha, noise, equivalence }: VerdictWords): VerdictOptions {
  return {
    ...(alpha !== undefined && { alpha: numberOf(alpha, '--alpha', 0.0001, 0.5) }),
    ...(noise !== undefined && { noisePercent: percentOf(noise, '--noise', 100) }),
    ...(equivalence !== undefined && { equivalencePercent: percentOf(equivalence, '--equivalence', 100) }),
  };
}

/** `key=value` words as settings. */
export function settingsOf(words: readonly string[] | undefined, option: string): Record<string, string> {
  const pairs = (words ?? []).map((word): [string, string] => {
    const at = word.indexOf('=');
    if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
    throw new UsageError(`${option} '${word}' is no key=value`, {
      hint: 'Give for example spark.sql.shuffle.partitions=64.',
    });
  });
  return Object.fromEntries(pairs);
}
