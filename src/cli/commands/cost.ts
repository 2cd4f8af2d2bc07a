import { Command } from 'commander';
import type { CostCommandOptions } from '../cost.js';
import { configOf, WHERE_MEASURED, withStoreOptions, withWindowOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function costCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('cost').description(
    'What everything cost, so that every node-hour adds up: by namespace, workload, Spark family, run or stage, label, node group or day.',
  );
  withWindowOptions(withStoreOptions(command), '14d', WHERE_MEASURED);
  return command
    .option('--by <view>', 'namespace, workload, family, run, stage, label, node-group or day (default: namespace)')
    .option('--label <name>', 'by this label of pods (default: cost.label of the configuration)')
    .option('--top <n>', 'rows shown in the terminal (default: 20)')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit cost --by family --since 30d')
    .action(async (options: CostCommandOptions) => {
      const { cost } = await import('../cost.js');
      exitWith(cost(await configOf(options, io), options, io));
    });
}
