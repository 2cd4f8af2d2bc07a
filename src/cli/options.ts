import type { Command } from 'commander';
import type { Config } from '../config/schema.js';
import { UsageError } from '../model/errors.js';
import { SEVERITIES, type Severity } from '../model/finding.js';
import type { Io } from './io.js';

/** Options that most commands share, as commander gives them. */
export interface CommonOptions {
  config?: string;
  store?: string;
  since?: string;
  until?: string;
  json?: boolean;
  strategy?: string;
}

export function withStoreOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: sparkfit.yaml where it exists)')
    .option('--store <file>', 'SQLite file of what was collected (default: sparkfit.db; SPARKFIT_STORE)');
}

/** What is asked of measured use ends with it. */
export const WHERE_MEASURED = 'now, or where measuring ended if that was days ago';

export function withWindowOptions(command: Command, defaultSince: string, defaultUntil = 'now'): Command {
  return command
    .option(
      '--since <time>',
      `start of the window: a length back from its end (90m, 36h, 7d) or an ISO 8601 time (default: ${defaultSince})`,
    )
    .option(
      '--until <time>',
      `end of the window: now, a length back from now, or an ISO 8601 time (default: ${defaultUntil})`,
    );
}

export function withStrategyOption(command: Command): Command {
  return command.option('--strategy <name>', 'how sizes are chosen: own, krr, vpa (default: own)');
}

/** Loads what reads the configuration only now: --help does without. */
export async function configOf(options: CommonOptions, io: Io): Promise<Config> {
  const { loadConfig } = await import('../config/load.js');
  return loadConfig({
    file: options.config,
    environment: io.environment,
    overrides: { store: options.store, strategy: options.strategy },
  });
}

/** @throws UsageError if the word is no severity. */
export function parseSeverity(word: string, option: string): Severity {
  const severity = SEVERITIES.find((known) => known === word);
  if (!severity)
    throw new UsageError(`${option} '${word}' is no severity`, { hint: `Give one of ${SEVERITIES.join(', ')}.` });
  return severity;
}
