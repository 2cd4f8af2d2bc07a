import { Command } from 'commander';
import { configOf, WHERE_MEASURED, withStoreOptions, withStrategyOption, withWindowOptions } from '../options.js';
import type { CommandContext } from '../program.js';
import type { ReportOptions } from '../report.js';

export function reportCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('report').description(
    'Write the report as files: HTML (one file, works offline), JSON, Markdown and others.',
  );
  withStrategyOption(withWindowOptions(withStoreOptions(command), '14d', WHERE_MEASURED));
  return command
    .option('-o, --output <folder>', 'where to write (default: reports)')
    .option(
      '-f, --format <formats...>',
      'html, json, markdown, csv, junit, sarif, email, chat, patches, metrics, all (default: the first three)',
    )
    .option('--to <destinations...>', 'send it too: s3://bucket/prefix, webhook (SPARKFIT_REPORT_WEBHOOK)')
    .option('--manifests <folder>', 'where your Kubernetes YAML lies: SARIF then names file and line')
    .option('--json', 'print the names of the files as JSON')
    .option(
      '--fail-on <severity>',
      'end with 1 if there is a finding of this severity or above: critical, warning, info',
    )
    .addHelpText('after', '\nExample:\n  $ sparkfit report --since 30d --format html --output /srv/reports')
    .action(async (options: ReportOptions) => {
      const { report } = await import('../report.js');
      exitWith(await report(await configOf(options, io), options, io));
    });
}
