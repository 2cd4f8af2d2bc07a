import type { Config } from '../../config/schema.js';
import { messageOf, SourceError } from '../../model/errors.js';
import type { Gap } from '../../model/sources.js';
import type { CollectInput, CollectResult } from '../collector.js';

/** One account and region to read, as a configuration of its own. */
export interface AwsTarget {
  /** `data (eu-west-1)`; empty where only one is read. */
  name: string;
  config: Config;
}

/** The accounts and regions of the configuration; without any, the one that the SDK finds. */
export function awsTargets(config: Config): AwsTarget[] {
  const { accounts, region: own } = config.aws;
  if (accounts.length === 0) return [{ name: '', config }];
  return accounts.flatMap(({ name, regions, ...login }) =>
    (regions.length > 0 ? regions : [own]).map((region) => ({
      name: region ? `${name} (${region})` : name,
      config: { ...config, aws: { ...config.aws, ...login, region, accounts: [] } },
    })),
  );
}

/** One target per region: for what is the same in every account, such as prices. */
export function regionTargets(config: Config): AwsTarget[] {
  const seen = new Set<string>();
  return awsTargets(config).filter(({ config: { aws } }) => !seen.has(aws.region) && seen.add(aws.region));
}

function named(name: string, gaps: readonly Gap[]): Gap[] {
  return gaps.map((gap) => (name ? { ...gap, why: `${name}: ${gap.why}` } : gap));
}

/**
 * Reads one target after the other; one that fails becomes a gap and the others go on.
 * @throws SourceError if all fail.
 */
export async function eachTarget<T extends CollectResult>(
  input: CollectInput,
  targets: readonly AwsTarget[],
  collect: (input: CollectInput) => Promise<T>,
): Promise<CollectResult & { results: (T | undefined)[] }> {
  const results: (T | undefined)[] = [];
  const gaps: Gap[] = [];
  let failure: SourceError | undefined;
  for (const { name, config } of targets) {
    try {
      const result = await collect({ ...input, config });
      gaps.push(...named(name, result.gaps));
      results.push(result);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failure ??= error;
      results.push(undefined);
      const why = [messageOf(error), error.hint].filter(Boolean).join('. ');
      gaps.push(...named(name, [{ ...input.window, why }]));
    }
  }
  const done = results.filter((result) => result !== undefined);
  if (failure && done.length === 0) throw failure;
  const detail = done.map((result) => result.detail).join('; ');
  return { rows: done.reduce((sum, { rows }) => sum + rows, 0), gaps, detail, results };
}
