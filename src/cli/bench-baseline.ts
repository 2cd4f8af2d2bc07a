import { existsSync } from 'node:fs';
import {
  BASELINE_FOLDER,
  baselinePath,
  baselineText,
  listBaselineFiles,
  readBaselineFile,
} from '../bench/baselines.js';
import { renderSession } from '../bench/reports/terminal.js';
import { readSession } from '../bench/session.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import { formatCount } from '../reports/format.js';
import { jsonText, shown } from '../reports/text.js';
import { type BaselineRow, listBaselines, readBaseline, setBaseline } from '../store/bench.js';
import { openStore, openStoreForReading, withStoreErrors } from '../store/open.js';
import { writeWhole } from './files.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface BaselineOptions extends CommonOptions {
  json?: boolean;
  folder?: string;
}

/** `sparkfit bench baseline set`. */
export function baselineSet(
  config: Config,
  name: string,
  file: string,
  { folder = BASELINE_FOLDER }: BaselineOptions,
  io: Io,
): ExitCode {
  const session = readSession(file);
  const sound = session.runs.filter(({ warmup, state }) => !warmup && state === 'ok').length;
  if (sound === 0)
    throw new UsageError(`${file}: no sound run in it`, { hint: 'A baseline needs runs that were measured.' });
  const path = baselinePath(session.suite, name, folder);
  writeWhole(path, baselineText(session));
  const store = openStore(config.store);
  try {
    withStoreErrors(store.path, () => setBaseline(store.db, session, name, io.nowMs));
  } finally {
    store.close();
  }
  io.out(`Baseline ${shown(name)} of suite ${shown(session.suite)}: ${formatCount(sound, 'sound run')}, ${path}`);
  return EXIT.ok;
}

function withStore<T>(config: Config, work: (db: ReturnType<typeof openStoreForReading>['db']) => T): T | undefined {
  if (!existsSync(config.store)) return undefined;
  const store = openStoreForReading(config.store);
  try {
    return withStoreErrors(store.path, () => work(store.db));
  } finally {
    store.close();
  }
}

/** `sparkfit bench baseline show`. */
export function baselineShow(
  config: Config,
  name: string,
  suite: string,
  { folder, json }: BaselineOptions,
  io: Io,
): ExitCode {
  const session = readBaselineFile(suite, name, folder) ?? withStore(config, (db) => readBaseline(db, suite, name));
  if (!session)
    throw new UsageError(`there is no baseline '${name}' of suite ${suite}`, {
      hint: "See 'sparkfit bench baseline list'.",
    });
  io.out(json ? jsonText(session) : renderSession(session, io));
  return EXIT.ok;
}

type Row = Omit<BaselineRow, 'setMs' | 'createdMs'> & { createdAt: string; where: 'file' | 'store' };

/** `sparkfit bench baseline list`: files and those of the store that have none. */
export function baselineList(config: Config, { folder, json }: BaselineOptions, io: Io): ExitCode {
  const files = listBaselineFiles(folder).map(
    ({ suite, name, session }): Row => ({
      suite,
      name,
      gitCommit: session.environment.gitCommit === null ? null : String(session.environment.gitCommit ?? ''),
      gitBranch: session.environment.gitBranch === null ? null : String(session.environment.gitBranch ?? ''),
      runs: session.runs.filter(({ warmup, state }) => !warmup && state === 'ok').length,
      createdAt: session.createdAt,
      where: 'file',
    }),
  );
  const stored = (withStore(config, listBaselines) ?? [])
    .filter(({ suite, name }) => !files.some((row) => row.suite === suite && row.name === name))
    .map(
      ({ createdMs, setMs: _, ...row }): Row => ({
        ...row,
        createdAt: new Date(createdMs).toISOString(),
        where: 'store',
      }),
    );
  const rows = [...files, ...stored];
  if (json) io.out(jsonText({ schema: 'sparkfit.bench-baselines/1', rows }));
  else if (!rows.length) io.out("No baselines yet; make one with 'sparkfit bench baseline set <name> <session>'.");
  else
    io.out(
      rows
        .map((row) =>
          `${shown(row.suite)}  ${shown(row.name)}  ${row.createdAt}  ${formatCount(row.runs, 'run')}  ${row.gitBranch ?? ''} ${row.gitCommit?.slice(0, 10) ?? ''}  (${row.where})`.trimEnd(),
        )
        .join('\n'),
    );
  return EXIT.ok;
}
