import { Command } from 'commander';
import type { ListOptions, MuteOptions } from '../findings.js';
import { type CommonOptions, configOf, withStoreOptions } from '../options.js';
import type { CommandContext } from '../program.js';

const work = () => import('../findings.js');

function list({ io, exitWith }: CommandContext): Command {
  return withStoreOptions(new Command('list').description('Findings over the nights, the weightiest first.'))
    .option('--state <state>', 'open, pending, resolved, muted or all (default: open and pending)')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit findings list --state resolved')
    .action(async (options: ListOptions) => {
      exitWith((await work()).listFindings(await configOf(options, io), options, io));
    });
}

function show({ io, exitWith }: CommandContext): Command {
  return withStoreOptions(new Command('show').description('One finding: its life, evidence and patches.'))
    .argument('<fingerprint>', 'the fingerprint, or its first digits (at least 4)')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit findings show 1f3a')
    .action(async (fingerprint: string, options: CommonOptions) => {
      exitWith((await work()).showFinding(await configOf(options, io), fingerprint, options, io));
    });
}

function mute(kind: 'suppress' | 'accept', { io, exitWith }: CommandContext): Command {
  const isFor = kind === 'suppress';
  const command = new Command(kind).description(
    isFor
      ? 'Leave findings out of reports and alerts for a time.'
      : 'Live with findings: left out of reports and alerts until they get more severe.',
  );
  withStoreOptions(command).argument('<fingerprints...>', 'fingerprints, or their first digits (at least 4)');
  if (isFor) command.option('--until <time>', 'a length from now (14d, 4w) or an ISO 8601 time (default: 30d)');
  return command
    .option('--reason <text>', 'why; shown wherever the finding is')
    .option('--by <name>', 'who says so (default: the user of the shell)')
    .option('--undo', 'tell the findings again')
    .addHelpText(
      'after',
      isFor
        ? '\nExample:\n  $ sparkfit findings suppress 1f3a --until 4w --reason "moves to the new cluster in May"'
        : '\nExample:\n  $ sparkfit findings accept 1f3a --reason "one replica is enough for a demo"',
    )
    .action(async (fingerprints: string[], options: MuteOptions) => {
      exitWith((await work()).muteFindings(await configOf(options, io), kind, fingerprints, options, io));
    });
}

export function findingsCommand(context: CommandContext): Command {
  return new Command('findings')
    .description('Findings over the nights: list them, look at one, suppress or accept some.')
    .addCommand(list(context), { isDefault: true })
    .addCommand(show(context))
    .addCommand(mute('suppress', context))
    .addCommand(mute('accept', context))
    .addHelpText('after', '\nExample:\n  $ sparkfit findings list');
}
