import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that serves HTTP on loopback. */
export interface Program {
  url: string;
  stop(): Promise<void>;
}

export interface ProgramStart {
  command: string;
  words: (port: number) => readonly string[];
  /** What it answers with 2xx once it is ready. */
  readyPath: string;
  environment?: NodeJS.ProcessEnv;
}

/** Between the look for a free port and its use another may take it. */
const PORTS_TRIED = 3;
const POLL_MS = 100;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

/** Starts it on a free port and waits until it answers, for as long as it runs: slow machines need minutes. */
export async function startProgram({ command, words, readyPath, environment }: ProgramStart): Promise<Program> {
  let said = '';
  for (let tries = 0; tries < PORTS_TRIED; tries++) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(command, words(port), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
    const isReady = () =>
      fetch(`${url}${readyPath}`).then(
        async (response) => {
          await response.arrayBuffer();
          return response.ok;
        },
        () => false,
      );
    while (!hasEnded(child)) {
      if ((await isReady()) && !hasEnded(child)) return { url, stop: () => stop(child) };
      await sleep(POLL_MS);
    }
  }
  throw new Error(`${command} ended before it was ready: ${said}`);
}
