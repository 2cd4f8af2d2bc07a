import { Command } from 'commander';
import type { AlertOptions } from '../alert.js';
import { configOf, withStoreOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function alertCommand({ io, exitWith }: CommandContext): Command {
  return withStoreOptions(
    new Command('alert').description(
      'Tell PagerDuty, Alertmanager, Slack or a webhook what is open, and what is over. Run it after quiet hours.',
    ),
  )
    .option('--dry-run', 'print what would be sent and send nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit alert --dry-run')
    .action(async (options: AlertOptions) => {
      const { alert } = await import('../alert.js');
      exitWith(await alert(await configOf(options, io), options, io));
    });
}
