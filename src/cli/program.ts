import { Command, CommanderError } from 'commander';
import { EXIT, UsageError } from '../model/errors.js';
import { toolVersion } from '../version.js';
import { COMMANDS } from './commands/index.js';
import type { Io } from './io.js';

/** What a command is given: its surroundings and a way to end with another code than 0. */
export interface CommandContext {
  readonly io: Io;
  exitWith(code: number): void;
}

/** The command line's words. Commands import what they need when they run, so that --help is quick. */
export function buildProgram(io: Io, exitWith: (code: number) => void): Command {
  const program = new Command('sparkfit')
    .description(
      'Finds what Spark and ML workloads on Kubernetes and AWS waste, what slows them and what puts them at risk.\nIt only reads; what to change is printed as a patch.',
    )
    .version(toolVersion(), '-V, --version')
    .option('--debug', 'print the stack of an error')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ helpWidth: Math.min(io.columns, 110), sortSubcommands: false })
    .showHelpAfterError(false)
    .exitOverride((error) => throwUsage(error, program))
    .addHelpText('after', HELP_AFTER);
  for (const command of COMMANDS) {
    const built = command({ io, exitWith });
    setUp(built, io);
    program.addCommand(built);
  }
  program.configureOutput({ writeOut: io.out, writeErr: () => {} });
  return program;
}

/** What all commands share, those within a command too. */
function setUp(command: Command, io: Io): void {
  command.exitOverride((error) => throwUsage(error, command)).configureOutput({ writeOut: io.out, writeErr: () => {} });
  command.option('--debug', 'print the stack of an error');
  for (const inner of command.commands) setUp(inner, io);
}

const HELP_AFTER = `
Examples:
  $ sparkfit demo                     the whole loop on a bundled recording
  $ sparkfit doctor                   what can be reached from here
  $ sparkfit collect                  read the cluster, prices and logs
  $ sparkfit report                   what was found, as HTML, JSON, Markdown
  $ sparkfit app eventlog.zstd        one Spark run: what limited it
  $ sparkfit cost --by family         what each Spark job costs
  $ sparkfit spot --type r5.4xlarge   cheapest zones and hours, time-weighted
  $ sparkfit bench run suite.yaml     measure variants against each other

Exit codes: 0 fine, 1 a verdict fails (--fail-on), 2 usage or configuration,
3 incomplete, 4 internal error.`;

class Finished extends Error {}

/** `sparkfit bench plan`. */
function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function throwUsage(error: CommanderError, command: Command): never {
  if (error.exitCode === 0) throw new Finished();
  const message = error.message.replace(/^error: /, '');
  throw new UsageError(message, { hint: `See '${fullName(command)} --help'.` });
}

/** Whether the error only says that --help or --version was printed. */
export function isFinished(error: unknown): boolean {
  return error instanceof Finished || (error instanceof CommanderError && error.exitCode === EXIT.ok);
}
