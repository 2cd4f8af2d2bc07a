import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEventLog } from '../../../src/collectors/spark/read.js';
import { SourceError } from '../../../src/model/errors.js';
import type { SparkLog } from '../../../src/model/spark.js';
import { asGzip, asLz4, asLzf, asSnappy } from './encode.js';
import {
  ADAPTIVE,
  CARTESIAN,
  CUT,
  EXECUTOR_LOST,
  FIXTURES,
  plainLog,
  rowsOf,
  SPECULATION,
  STREAMING,
  temporaryFolder,
  writeLog,
} from './fixtures.js';

const FOLDER = temporaryFolder();
const ALL = [CARTESIAN, SPECULATION, EXECUTOR_LOST, ADAPTIVE, STREAMING];

function linesOf(plain: Buffer): string[] {
  return plain.toString().trimEnd().split('\n');
}

function taskCount(log: SparkLog): number {
  return log.stages.reduce((sum, stage) => sum + stage.tasks.count, 0);
}

describe('readEventLog', () => {
  it('reads what the History Server says of a run with lost executors', async () => {
    const log = await readEventLog(join(FIXTURES, `${EXECUTOR_LOST}.zstd`));

    expect(log.application).toMatchObject({
      appId: EXECUTOR_LOST,
      sparkVersion: '3.5.9',
      finished: true,
      user: 'root',
    });
    expect(log.application.log).toMatchObject({ codec: 'zstd', damage: [], damagedLines: 0, missingTasks: 0 });
    expect(log.stages.some((stage) => stage.attempt > 0)).toBe(true);
    expect(log.stages.find((stage) => stage.endReasons.FetchFailed)).toMatchObject({ status: 'failed' });
    expect(log.executors.filter((executor) => executor.removalReason)).not.toEqual([]);
  });

  it('reads the batches of a streaming query', async () => {
    const log = await readEventLog(join(FIXTURES, `${STREAMING}.gz`));

    expect(log.streamingQueries).toMatchObject([{ name: 'rates', terminated: true, error: null }]);
    expect(log.streamingBatches[0]).toMatchObject({ batchId: 0, durationMs: 4203, stateMemoryBytes: 896 });
    expect(log.streamingBatches.length).toBeGreaterThan(3);
    expect(log.jobs.every((job) => job.result === 'succeeded')).toBe(true);
  });

  it('has the last plan of adaptive execution with its metrics, and how often it changed', async () => {
    const log = await readEventLog(join(FIXTURES, `${ADAPTIVE}.zstd`));

    const execution = log.sqlExecutions.find((item) => item.nodes.some((node) => node.name === 'AQEShuffleRead'));
    const read = execution?.nodes.find((node) => node.name === 'AQEShuffleRead');
    expect(execution?.adaptiveUpdates).toBeGreaterThan(0);
    expect(execution?.initialNodeNames).not.toHaveProperty('AQEShuffleRead');
    expect(read?.metrics).toEqual(
      expect.arrayContaining([{ name: 'partition data size', kind: 'size', value: expect.any(Number), unit: 'bytes' }]),
    );
    expect(execution?.nodes.find((node) => node.name === 'SortMergeJoin(skew=true)')?.stageIds).toEqual([4]);
  });

  it.each(ALL)('gives the same rows for %s whether ends of tasks are scanned or parsed', async (appId) => {
    const path = writeLog(FOLDER, `${appId}-both`, plainLog(appId));

    expect(await readEventLog(path)).toEqual(await readEventLog(path, { scanTasks: false }));
  });
});

describe('codecs and layouts', () => {
  const plain = plainLog(EXECUTOR_LOST);
  const expected = readEventLog(writeLog(FOLDER, EXECUTOR_LOST, plain));

  it.each([
    ['gzip', '.gz', asGzip],
    ['lz4', '.lz4', asLz4],
    ['snappy', '.snappy', asSnappy],
    ['lzf', '.lzf', asLzf],
  ])('%s gives the rows of the plain log', async (codec, suffix, encode) => {
    const log = await readEventLog(writeLog(FOLDER, `${EXECUTOR_LOST}${suffix}`, encode(plain)));

    expect(log.application.log.codec).toBe(codec);
    expect(rowsOf(log)).toEqual(rowsOf(await expected));
  });

  it('zstd gives the rows of the plain log', async () => {
    const log = await readEventLog(join(FIXTURES, `${EXECUTOR_LOST}.zstd`));

    expect(rowsOf(log)).toEqual(rowsOf(await expected));
  });

  function rollingFolder(name: string, files: Record<string, Buffer | string>): string {
    const folder = join(FOLDER, name);
    mkdirSync(folder);
    for (const [file, content] of Object.entries(files)) writeLog(folder, file, content);
    return folder;
  }

  it('a rolling folder gives the rows of the single file, in the order of the numbers', async () => {
    const lines = linesOf(plain);
    const parts = Array.from({ length: 11 }, (_, part) =>
      lines.filter((_, at) => Math.floor((at * 11) / lines.length) === part),
    );
    const files = parts.map((part, at): [string, Buffer] => [
      `events_${at + 1}_${EXECUTOR_LOST}.lz4`,
      asLz4(Buffer.from(`${part.join('\n')}\n`)),
    ]);
    const folder = rollingFolder(`eventlog_v2_${EXECUTOR_LOST}`, {
      ...Object.fromEntries(files),
      [`appstatus_${EXECUTOR_LOST}`]: '',
    });

    const log = await readEventLog(folder);

    expect(log.application.log).toMatchObject({ rolling: true, compacted: false, damage: [] });
    expect(rowsOf(log)).toEqual(rowsOf(await expected));
  });

  it('a compacted file stands for all up to its number', async () => {
    const half = plain.indexOf('\n', plain.length >> 1) + 1;
    const folder = rollingFolder('eventlog_v2_compacted', {
      events_1_compacted: 'not to be read',
      events_2_compacted: 'not to be read',
      'events_2_compacted.compact': plain.subarray(0, half),
      events_3_compacted: plain.subarray(half),
      appstatus_compacted: '',
    });

    const log = await readEventLog(folder);

    expect(log.application.log).toMatchObject({ compacted: true, damage: [] });
    expect(rowsOf(log)).toEqual(rowsOf(await expected));
  });

  it('a file that is missing in the middle is named', async () => {
    const third = plain.indexOf('\n', plain.length / 3) + 1;
    const folder = rollingFolder('eventlog_v2_gap', {
      events_1_gap: plain.subarray(0, third),
      events_4_gap: plain.subarray(third),
    });

    const log = await readEventLog(folder);

    expect(log.application.log.damage).toEqual(['events_2 to events_3 are missing']);
  });
});

describe('logs that are not whole', () => {
  it('a running log that ends within a frame gives the rows up to there and is no damage', async () => {
    const log = await readEventLog(join(FIXTURES, CUT));

    expect(log.application.log).toMatchObject({ inProgress: true, truncated: true, damage: [], lines: 101 });
    expect(log.application).toMatchObject({ finished: false, endMs: null });
    expect(taskCount(log)).toBe(27);
  });

  it.each([
    ['gzip', asGzip],
    ['lz4', asLz4],
    ['snappy', asSnappy],
    ['lzf', asLzf],
  ])('a finished %s log that was cut gives the rows up to the cut and says so', async (codec, encode) => {
    const whole = encode(plainLog(EXECUTOR_LOST));
    const path = writeLog(FOLDER, `cut-${codec}`, whole.subarray(0, Math.floor(whole.length * 0.7)));

    const log = await readEventLog(path);

    expect(log.application.log.truncated).toBe(true);
    expect(log.application.log.damage).toEqual(
      expect.arrayContaining(['the compressed data ends in the middle of a frame: rows up to there']),
    );
    expect(log.jobs.length).toBeGreaterThan(0);
  });

  it('a damaged compressed block ends the rows and is named', async () => {
    const whole = asLz4(plainLog(EXECUTOR_LOST));
    whole.fill(0xff, whole.length >> 1, (whole.length >> 1) + 40_000);

    const log = await readEventLog(writeLog(FOLDER, 'damaged.lz4', whole));

    expect(log.application.log.damage[0]).toMatch(/^damaged\.lz4: .*; nothing after it could be read$/);
    expect(log.executors.length).toBeGreaterThan(0);
  });

  it('garbage in the middle is counted and named; the rest is read', async () => {
    const lines = linesOf(plainLog(CARTESIAN));
    const clean = await readEventLog(writeLog(FOLDER, 'clean', lines.join('\n')));
    lines.splice(20, 0, '\u0000\u0000\u0000', '{"Event":"SparkListenerTaskEnd","Stage ID":0,"Sta');

    const log = await readEventLog(writeLog(FOLDER, 'garbage', lines.join('\n')));

    expect(log.application.log.damage).toEqual(['2 damaged lines, the first is line 21 of garbage']);
    expect(rowsOf(log)).toEqual(rowsOf(clean));
  });

  it('an event torn within its accumulables and followed by another on its line is damaged, not read as one', async () => {
    const lines = linesOf(plainLog(CARTESIAN));
    const ends = lines.flatMap((line, at) => (line.startsWith('{"Event":"SparkListenerTaskEnd"') ? [at] : []));
    const [torn = 0, next = 0] = ends.slice(5);
    const head = lines[torn]?.slice(0, 1200) ?? '';
    const joined = lines.map((line, at) => (at === next ? head + line : line)).filter((_, at) => at !== torn);

    const log = await readEventLog(writeLog(FOLDER, 'torn-in-the-middle', joined.join('\n')));

    expect(taskCount(log)).toBe(ends.length - 2);
    expect(log.application.log.damage).toEqual([
      expect.stringContaining('1 damaged line'),
      '2 tasks have no end in the log: events were dropped',
    ]);
  });

  it('events of an unknown kind are skipped and counted', async () => {
    const lines = linesOf(plainLog(CARTESIAN));
    lines.splice(5, 0, '{"Event":"com.example.SparkListenerLunch","Menu":"soup"}');

    const log = await readEventLog(writeLog(FOLDER, 'unknown', lines.join('\n')));

    expect(log.application.log).toMatchObject({ skippedEvents: { SparkListenerLunch: 1 }, damage: [] });
  });

  it('a file of another format is named, with what was expected', async () => {
    const image = writeLog(FOLDER, 'logo.zstd', Buffer.from('\u0089PNG\r\n', 'latin1'));
    const json = writeLog(FOLDER, 'data', '{"a":1}\n{"b":2}\n');
    const empty = writeLog(FOLDER, 'empty', '');

    await expect(readEventLog(image)).rejects.toThrow(
      /logo\.zstd.*expected a Spark event log compressed as its name says/,
    );
    await expect(readEventLog(json)).rejects.toThrow(/data.*expected a Spark event log: lines of JSON/);
    await expect(readEventLog(empty)).rejects.toThrow(/empty.*there is no event in it: it is empty/);
    await expect(readEventLog(join(FOLDER, 'absent'))).rejects.toThrow(SourceError);
  });

  it('cut at any byte, it gives exactly the rows of the lines before the cut', async () => {
    const plain = plainLog(SPECULATION);
    const lineEnds: number[] = [];
    for (let at = plain.indexOf(10); at >= 0; at = plain.indexOf(10, at + 1)) lineEnds.push(at);

    await fc.assert(
      fc.asyncProperty(fc.nat(plain.length - 1), async (cut) => {
        const whole = lineEnds.filter((end) => end <= cut).length;
        const name = `${SPECULATION}.inprogress`;
        if (whole === 0) {
          await expect(readEventLog(writeLog(FOLDER, name, plain.subarray(0, cut)))).rejects.toThrow(SourceError);
          return;
        }
        const upToLine = writeLog(FOLDER, name, plain.subarray(0, (lineEnds[whole - 1] ?? 0) + 1));
        const expected = rowsOf(await readEventLog(upToLine, { scanTasks: false }));

        const log = await readEventLog(writeLog(FOLDER, name, plain.subarray(0, cut)));

        expect(rowsOf(log)).toEqual(expected);
        expect(log.application.log.damage).toEqual([]);
      }),
      { numRuns: 60, seed: 20261123 },
    );
  });
});

describe('events of other shape', () => {
  /** A TaskEnd line, changed; the rows must be those of the line as Spark writes it. */
  async function rowsWith(name: string, change: (event: Record<string, unknown>, at: number) => string) {
    const lines = linesOf(plainLog(EXECUTOR_LOST)).map((line, at) =>
      line.startsWith('{"Event":"SparkListenerTaskEnd"') ? change(JSON.parse(line), at) : line,
    );
    return rowsOf(await readEventLog(writeLog(FOLDER, name, lines.join('\n'))));
  }
  const expected = readEventLog(writeLog(FOLDER, 'as-written', plainLog(EXECUTOR_LOST)));

  function reversed(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, member]) => [key, reversed(member)]),
    );
  }

  it('fields in another order give the same rows', async () => {
    expect(await rowsWith('reversed', (event) => JSON.stringify(reversed(event)))).toEqual(rowsOf(await expected));
  });

  it('fields in another order on every other line give the same rows', async () => {
    const rows = await rowsWith('mixed', (event, at) => JSON.stringify(at % 2 === 0 ? reversed(event) : event));

    expect(rows).toEqual(rowsOf(await expected));
  });

  it('white space and further fields give the same rows', async () => {
    expect(await rowsWith('spaced', (event) => JSON.stringify(event, null, ' ').replaceAll('\n', ' '))).toEqual(
      rowsOf(await expected),
    );
    expect(
      await rowsWith('further', (event, at) =>
        JSON.stringify({
          ...event,
          Later: { Nested: [at, { Deep: 'x' }] },
          'Task Executor Metrics': event['Task Executor Metrics'],
        }),
      ),
    ).toEqual(rowsOf(await expected));
  });

  it('a line that fails in the middle of its memory peaks leaves nothing behind', async () => {
    const peaks = (heap: number, gc: number) => ({ JVMHeapMemory: heap, OnHeapExecutionMemory: 5, TotalGCTime: gc });
    const lines = linesOf(plainLog(EXECUTOR_LOST)).map((line, at) => {
      if (!line.startsWith('{"Event":"SparkListenerTaskEnd"')) return line;
      const event = { ...JSON.parse(line), 'Task Executor Metrics': at % 4 === 0 ? peaks(9e9, -1) : peaks(4e9, 7) };
      return JSON.stringify(
        at % 4 === 0 ? { ...event, 'Task Info': { ...event['Task Info'], 'Executor ID': 'x' } } : event,
      );
    });
    const path = writeLog(FOLDER, 'peaks', lines.filter((line) => !line.includes('ExecutorMetrics"')).join('\n'));

    const log = await readEventLog(path);

    expect(log.executors.find(({ id }) => id === 'x')?.peaks).toMatchObject({ JVMHeapMemory: 9e9 });
    expect(log.executors.filter(({ peaks: { JVMHeapMemory } }) => JVMHeapMemory === 4e9)).not.toEqual([]);
    expect(log).toEqual(await readEventLog(path, { scanTasks: false }));
  });

  it('metrics that are missing are zero in the sums and nothing else changes', async () => {
    const rows = await rowsWith('missing', (event) => {
      const { 'Shuffle Write Metrics': _, ...metrics } = { ...(event['Task Metrics'] as Record<string, unknown>) };
      return JSON.stringify({ ...event, 'Task Metrics': metrics });
    });

    expect(rows.stages.every((stage) => stage.sums.shuffleWriteBytes === 0)).toBe(true);
    expect(rows.stages.map((stage) => stage.sums.runMs)).toEqual(
      (await expected).stages.map((stage) => stage.sums.runMs),
    );
    expect(rows.sqlExecutions).toEqual((await expected).sqlExecutions);
  });
});
