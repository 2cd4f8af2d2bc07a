import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SourceError } from '../../model/errors.js';
import type { Codec } from '../../model/spark.js';
import { type ByteRange, codecOfFile, endOfFrames, notALog, plainChunks } from './chunks.js';
import type { StreamEnd } from './decoders/decoder.js';
import { LogState } from './events/state.js';
import { LineReader } from './line-reader.js';
import { type LineHandler, LineSplitter } from './lines.js';
import { type LogFile, type LogSource, sourceError } from './log-files.js';
import { type Position, packState, type ResumeState } from './resume.js';

export interface ReadOptions {
  /**
   * Whether ends of tasks are scanned for what is needed (the default) or parsed in full. Both give the same rows; the
   * second is for tests.
   */
  scanTasks?: boolean;
  /** Stops between two chunks. */
  signal?: AbortSignal;
  /** Of a continued reading: whether only those files are there that it needs. */
  partial?: boolean;
}

/** The operation of the error that says that a part of the log is not enough to go on. */
export const GO_ON = 'go on';

export function cannotGoOn(path: string) {
  return new SourceError(
    'spark-logs',
    GO_ON,
    `${path} is no longer the log that was read, or its start is needed again`,
  );
}

/** Other work gets its turn after so many bytes: noticing Ctrl-C, and freeing what zstd's decoder has given back. */
const BYTES_PER_TURN = 1 << 21;

/** If none of so many first lines is an event, the file is something else. */
const LINES_TO_BELIEVE = 20;

/** What was found on the way that is no row. */
export interface Faults {
  codec: Codec;
  damagedLines: number;
  firstDamaged: string;
  tornLastLine: boolean;
  truncated: boolean;
  damage: string[];
}

type PlaceInFile = Pick<Position, 'offset' | 'carry' | 'fileLines'>;

const START: PlaceInFile = { offset: 0, carry: Buffer.alloc(0), fileLines: 0 };

/** A part of a file, with the beginning of its first line if that lies before. */
interface Part extends ByteRange {
  file: LogFile;
  carry: Uint8Array;
  fileLines: number;
  /** Whether what comes after its last line's end is a line too; else the next part begins with it. */
  ends: boolean;
}

function partFrom(file: LogFile, { offset, carry, fileLines }: PlaceInFile): Part {
  return { file, from: offset, to: file.bytes, carry, fileLines, ends: true };
}

function partUpTo(part: Part, to: number): Part {
  return { ...part, to, ends: false };
}

/** Pushes the lines of a part; says how it ended, and what has come of a line without end. */
async function readLines(part: Part, codec: Codec, onLine: LineHandler, signal?: AbortSignal) {
  const chunks = await plainChunks(part.file, codec, part);
  const splitter = new LineSplitter(onLine, part.fileLines);
  splitter.push(Buffer.from(part.carry));
  let end: StreamEnd | undefined;
  let sinceTurn = 0;
  try {
    while (!end) {
      const step = chunks.next();
      // Plain chunks come at once: they are many.
      const next = step instanceof Promise ? await step : step;
      if (next.done) {
        end = next.value;
        break;
      }
      splitter.push(next.value);
      sinceTurn += next.value.length;
      if (sinceTurn < BYTES_PER_TURN) continue;
      sinceTurn = 0;
      await setImmediate();
      signal?.throwIfAborted();
    }
  } finally {
    if (!end) await chunks.return({ truncated: true, damage: null });
  }
  return { end, rest: splitter.takeRest(), fileLines: splitter.lines };
}

/** One reading of a log: lines to the reader's state, from its start or from where an earlier reading ended. */
export class LogReading {
  readonly reader: LineReader;
  readonly faults: Faults;
  /** What the next reading needs to go on. */
  packed: Uint8Array | null = null;
  /** Parts that were read, in order; the last one for what is looked at twice. */
  private readonly parts: Part[] = [];
  /** Stages of which tasks had ended before these parts, with the newest attempt of those. */
  private readonly startedBefore: ReadonlyMap<number, number>;

  constructor(
    private readonly source: LogSource,
    private readonly options: ReadOptions,
    private readonly resume?: ResumeState,
  ) {
    const { codec = 'none', damagedLines = 0, firstDamaged = '', damage = [] } = resume?.facts ?? {};
    this.faults = { codec, damagedLines, firstDamaged, tornLastLine: false, truncated: false, damage: [...damage] };
    const state = resume && LogState.restored(resume.state);
    this.reader = new LineReader(options.scanTasks ?? true, state);
    this.reader.lines = resume?.facts.lines ?? 0;
    Object.assign(this.reader.skippedEvents, resume?.facts.skippedEvents);
    this.startedBefore = this.reader.state.stages.withTasks();
  }

  private damagedLine(file: LogFile, lineNumber: number): void {
    const { faults } = this;
    if (faults.damagedLines++ === 0) faults.firstDamaged = `line ${lineNumber} of ${basename(file.path)}`;
    if (this.reader.lines === 0 && faults.damagedLines === LINES_TO_BELIEVE)
      throw notALog(file.path, `none of its first ${LINES_TO_BELIEVE} lines is an event of Spark`);
  }

  /** Reads the whole lines of a part; notes what is damaged in it. */
  private async readPart(part: Part, codec: Codec) {
    const { faults, reader, options } = this;
    const { file } = part;
    const onLine: LineHandler = (line, start, stop, lineNumber) => {
      if (!reader.read(line, start, stop)) this.damagedLine(file, lineNumber);
    };
    faults.codec = codec;
    this.parts.push(part);
    const read = await readLines(part, codec, onLine, options.signal);
    const { damage } = read.end;
    if (damage !== null) faults.damage.push(`${basename(file.path)}: ${damage}; nothing after it could be read`);
    return read;
  }

  /** Reads to the end of a file, the last line too if it has no end. */
  private async readToEnd(part: Part, codec: Codec, last: boolean): Promise<void> {
    const { faults, reader } = this;
    const { end, rest } = await this.readPart(part, codec);
    const torn = rest.length > 0 && !reader.read(rest, 0, rest.length);
    if (last) {
      faults.tornLastLine = torn;
      faults.truncated = end.truncated;
    } else if (torn || end.truncated) faults.damage.push(`${basename(part.file.path)} ends too early`);
  }

  /** Reads up to where the next reading can go on, keeps what it needs, and gives the rest of the file. */
  private async readToResume(part: Part, codec: Codec): Promise<Part | undefined> {
    const boundary = endOfFrames(part.file, codec, part.from);
    if (boundary === undefined) return part;
    const { end, rest, fileLines } = await this.readPart(partUpTo(part, boundary), codec);
    if (end.damage !== null || end.truncated) return undefined;
    await this.readAgain();
    const position = { index: part.file.index, offset: boundary, carry: Buffer.from(rest), fileLines };
    // Before the application's start its id and attempt, by which its rows are known, are guesses.
    const { appId, endMs } = this.reader.state.application;
    if (appId !== null && endMs === null) this.packed = this.pack(position);
    return partFrom(part.file, position);
  }

  private pack(position: Position): Uint8Array {
    const { reader, faults, source } = this;
    const { lines, skippedEvents, state } = reader;
    const { codec, damagedLines, firstDamaged, damage } = faults;
    const facts = { codec, lines, skippedEvents, damagedLines, firstDamaged, damage };
    return packState(source, { position, facts, state: state.snapshot() });
  }

  /** Reads what is new. With `growing` the log is expected to grow. */
  async read(growing: boolean): Promise<void> {
    const { resume } = this;
    const files = this.source.files.filter(({ index }) => index >= (resume?.position.index ?? 0));
    const last = files.at(-1);
    for (const file of files) {
      const codec = codecOfFile(file);
      let part: Part | undefined = partFrom(file, file.index === resume?.position.index ? resume.position : START);
      if (growing && file === last) part = await this.readToResume(part, codec);
      if (part) await this.readToEnd(part, codec, file === last);
    }
    if (this.reader.lines === 0) throw this.nothingRead();
    await this.readAgain();
  }

  private nothingRead() {
    const { path, inProgress, files } = this.source;
    const { damagedLines, damage, tornLastLine, truncated } = this.faults;
    if (damagedLines > 0 || (tornLastLine && !inProgress))
      return notALog(files[0]?.path ?? path, 'its first line is no event of Spark');
    const why = damage[0] ?? (truncated || tornLastLine ? 'it ends before the first event' : 'it is empty');
    return sourceError(
      `read ${path}`,
      `there is no event in it: ${why}`,
      'A running application writes its first events within seconds; copy the log again.',
    );
  }

  /** Stages whose tasks' accumulables are needed and were not summed yet. */
  private stagesToSum(): Set<number> {
    const { accumulators, jobs, sql, stages } = this.reader.state;
    if (this.options.scanTasks === false || sql.byId.size === 0) return new Set();
    const toSum = stages.unfinished();
    for (const stageId of sql.stagesToReadAgain(accumulators, jobs)) toSum.add(stageId);
    for (const stageId of accumulators.summedStages) toSum.delete(stageId);
    return toSum;
  }

  /**
   * Where SQL metrics need more than a stage's completion and its first task, the tasks' lines are read once more (see
   * Accumulators): for stages that run still, and for executions that share a plan. A continued reading looks at the
   * log's beginning again only if a task of such a stage lies there.
   */
  private async readAgain(): Promise<void> {
    const { options, reader, source, startedBefore } = this;
    const stages = this.stagesToSum();
    if (stages.size === 0) return;
    const again: LineHandler = (line, start, end) => reader.readAccumulables(line, start, end, stages);
    const [from] = this.parts;
    const now = reader.state.stages.withTasks();
    // Of a stage that was tried again only the newest attempt counts.
    const isNew = [...stages].every((id) => (startedBefore.get(id) ?? -1) < (now.get(id) ?? 0));
    if (options.partial && !isNew) throw cannotGoOn(source.path);
    const before = this.resume && !isNew && from ? earlierParts(source, from) : [];
    for (const part of [...before, ...this.parts]) {
      const { rest } = await readLines(part, codecOfFile(part.file), again, options.signal);
      if (part.ends) reader.readAccumulables(rest, 0, rest.length, stages);
    }
    for (const stageId of stages) reader.state.accumulators.summedStages.add(stageId);
  }
}

/** What lies before a part that a reading began with. */
function earlierParts({ files }: LogSource, first: Part): Part[] {
  const before = files.filter(({ index }) => index < first.file.index).map((file) => partFrom(file, START));
  return [...before, partUpTo(partFrom(first.file, START), first.from)];
}
