import { Command } from 'commander';
import { configOf, withStoreOptions, withWindowOptions } from '../options.js';
import type { CommandContext } from '../program.js';
import type { SpotCommandOptions } from '../spot.js';

export function spotCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('spot').description(
    'Spot prices by zone and hour of day, weighted by time: where and when to run, and whether it matters.',
  );
  withWindowOptions(withStoreOptions(command), '90d');
  return command
    .option('--type <types...>', 'instance types (default: those in use, else all)')
    .option('--product <products...>', 'products such as Linux/UNIX or Windows (default: aws.products)')
    .option('--region <region>', 'region (default: the one in the store)')
    .option('--time-zone <zone>', 'IANA time zone of the hours (default: timeZone of the configuration)')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit spot --type r5.4xlarge --time-zone America/New_York')
    .action(async (options: SpotCommandOptions) => {
      const { spot } = await import('../spot.js');
      exitWith(spot(await configOf(options, io), options, io));
    });
}
