import { Command } from 'commander';
import type { CommandContext } from '../program.js';

export function demoCommand({ io, exitWith }: CommandContext): Command {
  return new Command('demo')
    .description(
      'Run the whole loop on a bundled recording: collect, analyze, report. No account, no cluster, no server.',
    )
    .option('-o, --output <folder>', 'where the report and the store go', 'reports/demo')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ sparkfit demo --output /tmp/demo && sparkfit spot --store /tmp/demo/demo.db --until 2021-05-31',
    )
    .action(async (options: { output: string; json?: boolean }) => {
      const { demo } = await import('../demo.js');
      exitWith(await demo(options, io));
    });
}
