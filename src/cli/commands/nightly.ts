import { Command } from 'commander';
import type { NightlyOptions } from '../nightly.js';
import { configOf, withStoreOptions, withWindowOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function nightlyCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('nightly').description(
    'Everything in one, for cron: collect, analyze, write the report, alert, keep the store in order.',
  );
  withWindowOptions(withStoreOptions(command), '14d');
  return command
    .option('-o, --output <folder>', 'where to write the report (default: reports)')
    .option('--json', 'print the summary as JSON')
    .option(
      '--fail-on <severity>',
      'end with 1 if there is a finding of this severity or above: critical, warning, info',
    )
    .addHelpText('after', '\nExample:\n  $ sparkfit nightly --config /etc/sparkfit.yaml >> /var/log/sparkfit.log')
    .action(async (options: NightlyOptions) => {
      const { nightly } = await import('../nightly.js');
      exitWith(await nightly(await configOf(options, io), options, io));
    });
}
