import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { CommandLine } from './suite-schema.js';

export interface CommandOptions {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Given what the command prints, if it is wanted. */
  readonly onOutput?: (text: string) => void;
}

export interface CommandOutcome {
  readonly ended: 'exit' | 'timeout' | 'aborted' | 'not-started';
  readonly exitCode: number | null;
  /** The signal that ended it, where one did. */
  readonly endSignal: string | null;
  readonly seconds: number;
  /** Of the whole process tree; null where the system does not say. */
  readonly cpuSeconds: number | null;
  readonly peakRssBytes: number | null;
  /** The last words on stderr. */
  readonly errorTail: string;
}

const SAMPLE_MS = 100;
const GRACE_MS = 5_000;
const TAIL_CHARACTERS = 4_000;
/** Linux reports CPU time in ticks of 1/100 s, and pages of 4 KiB on the machines that Spark runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
/** Runs the words and then tells, on a channel of its own, the CPU time of all processes that were waited for. */
const WITH_TIMES = '"$@"; code=$?; times >&3; exit $code';

/** Fields of /proc/<pid>/stat after the name, which may hold spaces and brackets. */
function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function processIds(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Watches a session of processes: its resident memory, and the CPU time of each. */
class TreeWatch {
  peakRssBytes: number | null = null;
  private lastRssBytes: number | null = null;
  private readonly cpuByProcess = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly sessionId: number) {
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.sample();
  }

  private sample(): void {
    let rss = 0;
    for (const pid of processIds()) {
      const stat = statOf(pid);
      // Field 6 of proc(5), session: a child that outlives its parent stays in it.
      if (!stat || Number(stat[3]) !== this.sessionId) continue;
      rss += Number(stat[21]) * PAGE_BYTES;
      this.cpuByProcess.set(`${pid} ${stat[19]}`, (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND);
    }
    if (rss === 0) return;
    // A process about to become another shows its parent's memory as its own for a moment; what lasts two samples is real.
    const lasting = this.lastRssBytes === null ? rss : Math.min(rss, this.lastRssBytes);
    this.peakRssBytes = Math.max(this.peakRssBytes ?? 0, lasting);
    this.lastRssBytes = rss;
  }

  stop(): number {
    clearInterval(this.timer);
    return [...this.cpuByProcess.values()].reduce((sum, seconds) => sum + seconds, 0);
  }
}

/** Seconds in the second line of `times`: `1m2.50s 0m0.25s`, of the children. */
function childSeconds(text: string): number | null {
  const times = [...(text.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (times.length !== 2) return null;
  return times.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}

function endTree(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended by itself meanwhile.
  }
}

function wordsOf(command: CommandLine): string[] {
  return typeof command === 'string' ? ['sh', '-c', command] : command;
}

/** Runs a command in a process group of its own and ends the whole group at the time-out or when aborted. */
export function runCommand(command: CommandLine, options: CommandOptions): Promise<CommandOutcome> {
  const { folder, environment, timeoutMs, signal, onOutput } = options;
  const beganNs = process.hrtime.bigint();
  const child = spawn('sh', ['-c', WITH_TIMES, 'sh', ...wordsOf(command)], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', onOutput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  let ended: CommandOutcome['ended'] = 'exit';
  let errorTail = '';
  let times = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errorTail = (errorTail + text).slice(-TAIL_CHARACTERS);
  });
  (child.stdio[3] as Readable | null)?.setEncoding('utf8').on('data', (text: string) => {
    times += text;
  });
  const watch = child.pid === undefined ? undefined : new TreeWatch(child.pid);
  let forced: NodeJS.Timeout | undefined;
  const end = (why: 'timeout' | 'aborted') => {
    ended = why;
    endTree(child, 'SIGTERM');
    forced = setTimeout(() => endTree(child, 'SIGKILL'), GRACE_MS);
  };
  const timeout = setTimeout(() => end('timeout'), timeoutMs);
  const abort = () => end('aborted');
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });

  return new Promise((resolve) => {
    const finish = (exitCode: number | null, endSignal: string | null) => {
      const seconds = Number(process.hrtime.bigint() - beganNs) / 1e9;
      clearTimeout(timeout);
      clearTimeout(forced);
      signal.removeEventListener('abort', abort);
      const watched = watch?.stop() ?? 0;
      const waited = childSeconds(times);
      const cpuSeconds = waited === null && watched === 0 ? null : Math.max(waited ?? 0, watched);
      resolve({
        ended,
        exitCode,
        endSignal,
        seconds,
        cpuSeconds,
        peakRssBytes: watch?.peakRssBytes ?? null,
        errorTail,
      });
    };
    child.once('error', (error) => {
      ended = 'not-started';
      errorTail = error.message;
      finish(null, null);
    });
    // What it left running would disturb the next run, and holds our pipes open.
    child.once('exit', () => endTree(child, 'SIGKILL'));
    child.once('close', (code, endSignal) => finish(code, endSignal));
  });
}
