import { EXIT, KnownError, messageOf } from '../model/errors.js';
import type { Io } from './io.js';
import { buildProgram, isFinished } from './program.js';

/** What a failed command prints: one line, the next step, and the stack only with --debug. */
export function explainError(error: unknown, debug: boolean): { text: string; exitCode: number } {
  if (error instanceof KnownError) {
    const lines = [`sparkfit: ${messageOf(error)}`];
    if (error.hint) lines.push(`  ${error.hint}`);
    if (debug && error.stack) lines.push(error.stack);
    if (debug && error.cause instanceof Error && error.cause.stack) lines.push(`caused by ${error.cause.stack}`);
    return { text: lines.join('\n'), exitCode: error.exitCode };
  }
  const lines = [
    `sparkfit: internal error: ${messageOf(error)}`,
    '  This is a bug. Run again with --debug for the stack.',
  ];
  if (debug && error instanceof Error && error.stack) lines.push(error.stack);
  return { text: lines.join('\n'), exitCode: EXIT.internal };
}

/** Runs one command line and gives its exit code; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const outcome = { exitCode: EXIT.ok as number };
  const program = buildProgram(io, (exitCode) => {
    outcome.exitCode = exitCode;
  });
  // Without a command commander would call the help an error.
  const words = argv.every((word) => word === '--debug') ? ['--help'] : argv;
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (isFinished(error)) return EXIT.ok;
    const { text, exitCode } = explainError(error, argv.includes('--debug'));
    io.err(text);
    return exitCode;
  }
  return outcome.exitCode;
}
