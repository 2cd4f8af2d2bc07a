import { Command } from 'commander';
import { configOf, withStoreOptions } from '../options.js';
import type { CommandContext } from '../program.js';
import type { ServeOptions } from '../serve.js';

export function serveCommand({ io, exitWith }: CommandContext): Command {
  const command = new Command('serve').description(
    'Serve the newest report, earlier ones and /metrics over HTTP; it only reads.',
  );
  return withStoreOptions(command)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1); others need SPARKFIT_SERVE_TOKEN')
    .option('--port <number>', 'port to listen on (default: 8377)')
    .option('-o, --output <folder>', 'where the reports lie (default: reports)')
    .addHelpText(
      'after',
      '\nExample:\n  $ sparkfit serve --port 8377\n\nPaths: / the report, /history, /report.json, /report.md, /metrics (OpenMetrics), /healthz.',
    )
    .action(async (options: ServeOptions) => {
      const { serve } = await import('../serve.js');
      exitWith(await serve(await configOf(options, io), options, io));
    });
}
