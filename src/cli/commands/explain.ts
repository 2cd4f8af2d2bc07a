import { Command } from 'commander';
import type { CommandContext } from '../program.js';

export function explainCommand({ io, exitWith }: CommandContext): Command {
  return new Command('explain')
    .description('What a rule means, how it is computed, what to do and when it is wrong. Without a rule: the list.')
    .argument('[rule]', 'rule id, such as sizing/cpu-over-requested')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit explain spark/data-skew')
    .action(async (rule: string | undefined, options: { json?: boolean }) => {
      const { explain } = await import('../explain.js');
      exitWith(explain(rule, options, io));
    });
}
