import { TASK_SUCCEEDED } from '../../model/spark.js';
import { isObject, type JsonObject } from './json.js';
import {
  deriveMetrics,
  EXECUTOR_ID_PATH,
  EXECUTOR_METRICS_KEY,
  isTask,
  NUMBER_PATHS,
  PLACE,
  SPECULATIVE_PATH,
  type TaskRecord,
} from './task-record.js';

/**
 * The fast way to read a TaskEnd line. Lines of one log are alike but for their values, so the first one is parsed in
 * full and gives a template: the bytes between the values, and what each value means. Later lines are compared with it
 * byte by byte. Any difference (other order, missing or further fields, white space, a failed task, updated blocks) is a
 * mismatch, and the line is parsed in full. Accumulables, most of the bytes, are skipped: what their totals are for
 * comes from StageCompleted (see accumulators.ts).
 */
const INTEGER = 1;
const PEAK = 2;
const TEXT = 3;
const EXECUTOR_ID = 4;
const FLAG = 5;
const SKIP = 6;
const END = 7;
type Kind = typeof INTEGER | typeof PEAK | typeof TEXT | typeof EXECUTOR_ID | typeof FLAG | typeof SKIP | typeof END;

interface Part {
  /** Bytes that must stand before the value. */
  literal: Buffer;
  /** The same four bytes at a time, the last four again where they overlap; empty if it is shorter. */
  words: Uint32Array;
  /** Where its first ANCHOR lies. */
  anchor: number;
  /** What the value is; END after the last literal. */
  kind: Kind;
  /** Of an integer, its place in the record's values (-1: not kept); of a peak, its place among the peaks. */
  place: number;
}

export interface TaskTemplate {
  readonly parts: readonly Part[];
  readonly peakNames: readonly string[];
  readonly peakValues: Float64Array;
  /** Parts of the first and the last peak; -1 if there is none. */
  readonly firstPeak: number;
  readonly lastPeak: number;
  /** The bytes that `peakValues` came from. Tasks of a second or less mostly repeat them. */
  peakBytes: Buffer;
}

/** An event torn off within its accumulables and followed by another on the same line must not be taken for one. */
const NEXT_EVENT = Buffer.from('{"Event":"SparkListenerTaskEnd"');
/** The letter E. */
const ANCHOR = 69;
const ANCHOR_OF_NEXT_EVENT = NEXT_EVENT.indexOf(ANCHOR);
/** The end of skipped accumulables must not be found by chance: it needs a key of its own. */
const LEAST_SKIP_END = 16;

const WORD = 4;
const NO_BYTES = Buffer.alloc(0);

function wordsOf(bytes: Buffer): Uint32Array {
  if (bytes.length < WORD) return new Uint32Array(0);
  const count = Math.ceil(bytes.length / WORD);
  return Uint32Array.from({ length: count }, (_, i) => bytes.readUInt32LE(Math.min(i * WORD, bytes.length - WORD)));
}

class TemplateBuilder {
  readonly parts: Part[] = [];
  readonly peakNames: string[] = [];
  private literal = '';

  private part(kind: Kind, place = -1): void {
    const literal = Buffer.from(this.literal);
    this.parts.push({ literal, words: wordsOf(literal), anchor: literal.indexOf(ANCHOR), kind, place });
    this.literal = '';
  }

  value(value: unknown, path: string): void {
    if (path === 'Task Info/Accumulables') {
      this.literal += '[';
      this.part(SKIP);
      this.literal = ']';
    } else if (isObject(value)) this.object(value, path);
    else if (typeof value === 'number') this.number(path);
    else if (path === SPECULATIVE_PATH) this.part(FLAG);
    else if (typeof value === 'string' && (path === 'Task Type' || path.startsWith('Task Info/'))) {
      this.literal += '"';
      this.part(path === EXECUTOR_ID_PATH ? EXECUTOR_ID : TEXT);
      this.literal += '"';
    } else this.literal += JSON.stringify(value);
  }

  private object(value: JsonObject, path: string): void {
    let separator = '{';
    for (const [key, member] of Object.entries(value)) {
      this.literal += `${separator}${JSON.stringify(key)}:`;
      this.value(member, path === '' ? key : `${path}/${key}`);
      separator = ',';
    }
    this.literal += separator === '{' ? '{}' : '}';
  }

  private number(path: string): void {
    const [parent, name] = path.split('/');
    if (parent === EXECUTOR_METRICS_KEY && name !== undefined) {
      this.part(PEAK, this.peakNames.push(name) - 1);
      return;
    }
    const field = NUMBER_PATHS.get(path);
    this.part(INTEGER, field === undefined ? -1 : PLACE[field]);
  }

  build(): TaskTemplate {
    this.part(END);
    const { parts, peakNames } = this;
    return {
      parts,
      peakNames,
      peakValues: new Float64Array(peakNames.length),
      firstPeak: parts.findIndex(({ kind }) => kind === PEAK),
      lastPeak: parts.findLastIndex(({ kind }) => kind === PEAK),
      peakBytes: NO_BYTES,
    };
  }
}

/** A template from a TaskEnd event that succeeded and was read in full; undefined if none can be made of it. */
export function templateOf(event: JsonObject): TaskTemplate | undefined {
  const builder = new TemplateBuilder();
  builder.value(event, '');
  const template = builder.build();
  for (const [place, part] of template.parts.entries()) {
    if (part.kind !== SKIP) continue;
    const end = template.parts[place + 1]?.literal;
    if (!end || end.length < LEAST_SKIP_END || !end.includes(',"') || !end.includes(ANCHOR)) return undefined;
  }
  return template;
}

const ZERO = 48;
const QUOTE = 34;
const BACKSLASH = 92;
const LOWER_T = 116;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** More digits than this do not fit a number exactly. */
const MAX_DIGITS = 15;

function standsAt(line: Buffer, at: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (line[at + i] !== expected[i]) return false;
  return true;
}

/** `standsAt` for literals of four bytes and more; `at` counts from the start of the view. */
function wordsStandAt(view: DataView, at: number, words: Uint32Array, length: number): boolean {
  const last = words.length - 1;
  for (let i = 0; i < last; i++) if (view.getUint32(at + i * WORD, true) !== words[i]) return false;
  return view.getUint32(at + length - WORD, true) === words[last];
}

/**
 * Where skipped accumulables end: after `expected`; -1 if it does not come before `end` or before another event. One
 * search for a byte that both have and accumulables seldom do, at place `anchor` of `expected`, finds either.
 */
function endOfSkipped(line: Buffer, at: number, end: number, expected: Buffer, anchor: number): number {
  for (let found = line.indexOf(ANCHOR, at); found >= 0 && found < end; found = line.indexOf(ANCHOR, found + 1)) {
    if (standsAt(line, found - ANCHOR_OF_NEXT_EVENT, NEXT_EVENT)) return -1;
    const from = found - anchor;
    if (from >= at && from + expected.length <= end && standsAt(line, from, expected)) return from + expected.length;
  }
  return -1;
}

/** The quote that ends a text which stands for itself; -1 if it has escapes, is not ASCII or has no end. */
function endOfText(line: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const byte = line[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte < 32 || byte > 126) return -1;
  }
  return -1;
}

/** Reads lines by templates; keeps what it needs between lines. */
export class TaskScanner {
  private readonly templates: TaskTemplate[] = [];
  private learned = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private otherView: DataView = this.view;
  /** Executor ids by their number, so that no text is made for each task. */
  private readonly ids: string[] = [];

  /** Remembers the shape of an event that no template matched. */
  learn(event: JsonObject): void {
    // A log whose lines all differ is not worth learning.
    if (this.learned++ > 64) return;
    const template = templateOf(event);
    if (!template) return;
    this.templates.unshift(template);
    this.templates.splice(4);
  }

  /** Fills `record` from a line; false if it must be parsed in full. */
  scan(line: Buffer, start: number, end: number, record: TaskRecord): boolean {
    for (let place = 0; place < this.templates.length; place++) {
      const template = this.templates[place];
      if (!template || !this.match(template, line, start, end, record) || !isTask(record)) continue;
      if (place > 0) {
        this.templates.splice(place, 1);
        this.templates.unshift(template);
      }
      record.outcome = TASK_SUCCEEDED;
      record.reason = 'Success';
      record.error = null;
      record.hasMetrics = true;
      record.peakNames = template.peakNames;
      record.peakValues = template.peakValues;
      deriveMetrics(record);
      return true;
    }
    return false;
  }

  /** One loop with few calls: this is where the time of a large log goes. */
  private match(template: TaskTemplate, line: Buffer, start: number, end: number, record: TaskRecord): boolean {
    const { parts, peakValues, peakBytes, firstPeak, lastPeak } = template;
    const { values } = record;
    values.fill(0);
    const view = this.viewOf(line);
    const offset = line.byteOffset;
    let at = start;
    let peaksFrom = start;
    let skipping = false;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part === undefined) return false;
      const { literal, words, kind } = part;
      const { length } = literal;
      if (skipping) {
        at = endOfSkipped(line, at, end, literal, part.anchor);
        if (at < 0) return false;
        skipping = false;
      } else {
        if (at + length > end) return false;
        if (words.length === 0 ? !standsAt(line, at, literal) : !wordsStandAt(view, offset + at, words, length))
          return false;
        at += length;
      }
      if (i === firstPeak) {
        peaksFrom = at;
        const to = at + peakBytes.length;
        if (peakBytes.length > 0 && to <= end && line.compare(peakBytes, 0, peakBytes.length, at, to) === 0) {
          at = to;
          i = lastPeak;
          continue;
        }
        // Not to be believed while the values are being replaced.
        template.peakBytes = NO_BYTES;
      }
      if (kind <= PEAK) {
        const from = at;
        let value = 0;
        for (let digit = (line[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (line[++at] ?? 0) - ZERO)
          value = value * 10 + digit;
        if (at === from || at - from > MAX_DIGITS) return false;
        if (i === lastPeak) template.peakBytes = Buffer.from(line.subarray(peaksFrom, at));
        if (kind === PEAK) peakValues[part.place] = value;
        else if (part.place >= 0) values[part.place] = value;
      } else if (kind === TEXT || kind === EXECUTOR_ID) {
        const from = at;
        at = endOfText(line, from, end);
        if (at < 0) return false;
        if (kind === EXECUTOR_ID) record.executorId = this.idOf(line, from, at);
      } else if (kind === FLAG) {
        record.speculative = line[at] === LOWER_T;
        const word = record.speculative ? TRUE : FALSE;
        if (!standsAt(line, at, word)) return false;
        at += word.length;
      } else if (kind === SKIP) skipping = true;
    }
    return at === end;
  }

  /** Lines come from few buffers in turn: that of the reader and that of lines across its ends. */
  private viewOf(line: Buffer): DataView {
    if (this.view.buffer === line.buffer) return this.view;
    const other = this.otherView;
    this.otherView = this.view;
    this.view = other.buffer === line.buffer ? other : new DataView(line.buffer);
    return this.view;
  }

  private idOf(line: Buffer, from: number, to: number): string {
    let number = 0;
    let digits = to - from < 7 && to > from && (line[from] !== ZERO || to - from === 1);
    for (let i = from; digits && i < to; i++) {
      const digit = (line[i] ?? 0) - ZERO;
      digits = digit >= 0 && digit <= 9;
      number = number * 10 + digit;
    }
    if (!digits) return line.toString('latin1', from, to);
    let id = this.ids[number];
    if (id === undefined) {
      id = String(number);
      this.ids[number] = id;
    }
    return id;
  }
}
