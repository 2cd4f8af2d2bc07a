import { Command } from 'commander';
import { type CommonOptions, configOf, withStoreOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function savingsCommand({ io, exitWith }: CommandContext): Command {
  return withStoreOptions(
    new Command('savings').description(
      'What findings promised and what came of it: changes that were seen, cost of the same work before and since.',
    ),
  )
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit savings --json')
    .action(async (options: CommonOptions) => {
      const { savings } = await import('../savings.js');
      exitWith(savings(await configOf(options, io), options, io));
    });
}
