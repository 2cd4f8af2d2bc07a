import { Command } from 'commander';
import { type CommonOptions, configOf, withStoreOptions, withWindowOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function collectCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('collect').description(
    'Read the sources into the store. Incremental: run it again and again.',
  );
  withWindowOptions(withStoreOptions(command), 'what is new; on the first run 14 days');
  return command
    .option('--source <ids...>', 'only these sources')
    .option('--json', 'print what was collected as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit collect --since 7d --source kubernetes prometheus')
    .action(async (options: CommonOptions & { source?: string[] }) => {
      const { collect } = await import('../collect.js');
      exitWith(await collect(await configOf(options, io), options, io));
    });
}
