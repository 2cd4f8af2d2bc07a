import { Command } from 'commander';
import type { AnalyzeOptions } from '../analyze.js';
import { configOf, WHERE_MEASURED, withStoreOptions, withStrategyOption, withWindowOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function analyzeCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('analyze').description(
    'Find what is wasted, slow or at risk in what was collected, and what to change.',
  );
  withStrategyOption(withWindowOptions(withStoreOptions(command), '14d', WHERE_MEASURED));
  return command
    .option('--json', 'print the report as JSON (docs/report.schema.json)')
    .option('--all-states', 'with --json: also what is ok, not applicable or lacks data')
    .option(
      '--fail-on <severity>',
      'end with 1 if there is a finding of this severity or above: critical, warning, info',
    )
    .addHelpText('after', '\nExample:\n  $ sparkfit analyze --since 7d --json --fail-on critical > findings.json')
    .action(async (options: AnalyzeOptions) => {
      const { analyze } = await import('../analyze.js');
      exitWith(analyze(await configOf(options, io), options, io));
    });
}
