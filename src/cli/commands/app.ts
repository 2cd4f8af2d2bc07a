import { Command } from 'commander';
import type { AppOptions } from '../app.js';
import { configOf, withStoreOptions } from '../options.js';
import type { CommandContext } from '../program.js';

export function appCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('app')
    .description('Examine one Spark run: where its time went, what limited it, what to change.')
    .argument('<log>', 'event log (file or eventlog_v2_ folder), or the id of an application in the store');
  return withStoreOptions(command)
    .option('--json', 'print the report as JSON (docs/report.schema.json)')
    .option('--html', 'print the clinic as one HTML file that works offline')
    .option('-o, --output <file>', 'write to this file instead')
    .option('--all-states', 'with --json: also what is ok, not applicable or lacks data')
    .option(
      '--logs <path>',
      'log of a pod of this run, or a folder of them: the first cause of a failure is looked for there too',
    )
    .option('--top <n>', 'findings told in full (default: 5)')
    .option(
      '--fail-on <severity>',
      'end with 1 if there is a finding of this severity or above: critical, warning, info',
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ sparkfit app eventlogs/app-20260501-0001.zstd\n  $ sparkfit app spark-0123456789abcdef --html --output clinic.html',
    )
    .action(async (what: string, options: AppOptions) => {
      const { app } = await import('../app.js');
      exitWith(await app(await configOf(options, io), what, options, io));
    });
}
