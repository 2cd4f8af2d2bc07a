/** The exit codes of every command; scripts and cron jobs rely on them. */
export const EXIT = {
  ok: 0,
  /** A verdict fails: findings at or above `--fail-on`, a regression. */
  verdict: 1,
  /** Usage or configuration. */
  usage: 2,
  /** A source failed; the rest was done and the output says so. */
  incomplete: 3,
  /** A bug, or something nobody foresaw. */
  internal: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface Details {
  /** What to do about it: one imperative sentence. */
  hint?: string;
  cause?: unknown;
}

/** An error whose message a user can act on. Anything else that is thrown is a bug and is reported as one. */
export class KnownError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, exitCode: ExitCode, details: Details = {}) {
    super(message, { cause: details.cause });
    this.exitCode = exitCode;
    this.hint = details.hint;
    this.name = new.target.name;
  }
}

/** The words of a command are off: unknown option, bad time, missing argument. */
export class UsageError extends KnownError {
  constructor(message: string, details?: Details) {
    super(message, EXIT.usage, details);
  }
}

/** The configuration file or environment is off. */
export class ConfigError extends KnownError {
  constructor(message: string, details?: Details) {
    super(message, EXIT.usage, details);
  }
}

/** The store cannot be used (exit 2) or could not take more data (exit 3: what was committed stays). */
export class StoreError extends KnownError {
  constructor(message: string, exitCode: typeof EXIT.usage | typeof EXIT.incomplete, details?: Details) {
    super(message, exitCode, details);
  }
}

/** A source could not be read. The run goes on with the others. */
export class SourceError extends KnownError {
  /** `kubernetes`, `prometheus`, `aws-spot`, … */
  readonly source: string;
  /** What was being done: `list pods`, `query container_cpu_usage_seconds_total`. */
  readonly operation: string;
  readonly retryable: boolean;

  constructor(source: string, operation: string, reason: string, details: Details & { retryable?: boolean } = {}) {
    super(`${source}: ${operation}: ${reason}`, EXIT.incomplete, details);
    this.source = source;
    this.operation = operation;
    this.retryable = details.retryable ?? false;
  }
}

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  // The system's own words name a call and not the mistake.
  if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return 'is a directory';
  const text = error instanceof Error ? error.message : typeof error === 'string' ? error : JSON.stringify(error);
  return (text ?? String(error)).replaceAll(/\s*\n\s*/g, ' ');
}
