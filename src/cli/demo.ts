import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COLLECTORS } from '../collectors/registry.js';
import { collectAll } from '../collectors/run.js';
import type { Config } from '../config/schema.js';
import { EXIT } from '../model/errors.js';
import type { Report } from '../model/report.js';
import { formatWindow } from '../model/window.js';
import {
  awsEnvironment,
  DEMO_RECORDING,
  kubeconfigFor,
  openRecording,
  type Recording,
  replay,
  replayConfig,
} from '../replay/recording.js';
import { buildReport } from '../reports/build.js';
import { FORMATS } from '../reports/index.js';
import { openStore, openStoreForReading } from '../store/open.js';
import { toolVersion } from '../version.js';
import type { Io } from './io.js';
import { progressLine } from './progress.js';
import { htmlPathIn, writeReport } from './report.js';

interface DemoOptions {
  output: string;
  json?: boolean;
}

/** Reads the whole recording through the real clients into a fresh store. */
async function collectRecording(config: Config, recording: Recording, io: Io): Promise<boolean> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${config.store}${suffix}`, { force: true });
  const store = openStore(config.store);
  const progress = progressLine(io);
  try {
    const { window, cluster } = recording;
    const input = { config, store, window, sinceGiven: false, cluster, signal: io.signal, progress: progress.show };
    const sources = await collectAll(COLLECTORS, input, () => window.untilMs, progress.clear);
    return sources.every((source) => source.state === 'ok');
  } finally {
    progress.clear();
    store.close();
  }
}

function reportOfRecording(config: Config, { window }: Recording, io: Io): Report {
  const store = openStoreForReading(config.store);
  try {
    return buildReport({ db: store.db, window, config, version: toolVersion(), nowMs: io.nowMs });
  } finally {
    store.close();
  }
}

/** Runs `work` with a replay of the recording in the place of every server. */
async function withReplay<T>(recording: Recording, store: string, work: (config: Config) => Promise<T>): Promise<T> {
  const server = await replay(recording);
  const scratch = mkdtempSync(join(tmpdir(), 'sparkfit-demo-'));
  const kubeconfig = join(scratch, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(server.url, recording.cluster));
  const environment = awsEnvironment(server.url, recording.region);
  const before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]));
  for (const [name, value] of Object.entries(environment)) setVariable(name, value || undefined);
  try {
    return await work(replayConfig(recording, server.url, { store, kubeconfig }));
  } finally {
    for (const [name, value] of Object.entries(before)) setVariable(name, value);
    rmSync(scratch, { recursive: true, force: true });
    await server.close();
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** `sparkfit demo`: the whole loop on the bundled recording; gives the exit code. */
export async function demo(options: DemoOptions, io: Io): Promise<number> {
  const recording = openRecording(DEMO_RECORDING);
  const store = join(options.output, 'demo.db');
  if (!options.json)
    io.err(
      `Replaying a recorded cluster, ${formatWindow(recording.window)}: no account, no cluster, nothing is changed.`,
    );
  return withReplay(recording, store, async (config) => {
    const complete = await collectRecording(config, recording, io);
    const report = reportOfRecording(config, recording, io);
    const files = writeReport(report, options.output, ['html', 'json', 'markdown'], config.report.top);
    const htmlPath = htmlPathIn(files);
    io.out(
      options.json
        ? FORMATS.json.render(report)
        : FORMATS.terminal.render(report, {
            columns: io.columns,
            color: io.color,
            top: config.report.top,
            ...(htmlPath ? { htmlPath } : {}),
          }),
    );
    return complete ? EXIT.ok : EXIT.incomplete;
  });
}
