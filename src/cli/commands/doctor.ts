import { Command } from 'commander';
import { type CommonOptions, configOf, withStoreOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function doctorCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('doctor').description(
    'Check every source: reachable, permitted, and what is lost without it.',
  );
  return withStoreOptions(command)
    .option('--json', 'print the checks as JSON')
    .addHelpText('after', '\nExample:\n  $ KUBECONFIG=~/.kube/prod sparkfit doctor')
    .action(async (options: CommonOptions) => {
      const { doctor } = await import('../doctor.js');
      exitWith(await doctor(await configOf(options, io), options, io));
    });
}
