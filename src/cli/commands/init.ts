import { Command } from 'commander';
import type { CommandContext } from '../program.js';

interface InitOptions {
  output: string;
  print?: boolean;
  force?: boolean;
}

export function initCommand({ io }: CommandContext): Command {
  return new Command('init')
    .description('Write a commented configuration file with every key and its default.')
    .option('-o, --output <file>', 'file to write', 'sparkfit.yaml')
    .option('--print', 'print it instead')
    .option('--force', 'replace an existing file')
    .addHelpText('after', '\nExample:\n  $ sparkfit init --print | less')
    .action(async (options: InitOptions) => {
      const { init } = await import('../init.js');
      init(options, io);
    });
}
