import { TASK_SUCCEEDED } from '../../model/spark.js';
import type { JsonObject } from './json.js';
import { deriveMetrics, isTask, type TaskRecord } from './task-record.js';
import {
  ANCHOR,
  type KeptBytes,
  KIND,
  type Part,
  type TaskTemplate,
  templateOf,
  WORD,
  withZeros,
} from './task-template.js';

/** An event torn off within its accumulables and followed by another on the same line must not be taken for one. */
const NEXT_EVENT = Buffer.from('{"Event":"SparkListenerTaskEnd"');
const ANCHOR_OF_NEXT_EVENT = NEXT_EVENT.indexOf(ANCHOR);

const ZERO = 48;
const QUOTE = 34;
const BACKSLASH = 92;
const LOWER_T = 116;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** More digits than this do not fit a number exactly. */
const MAX_DIGITS = 15;

const MOST_SHAPES = 4;
/** A log whose lines all differ is not worth learning. */
const MOST_LEARNED = 64;

function standsAt(line: Buffer, at: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (line[at + i] !== expected[i]) return false;
  return true;
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

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Lines that differ in their values only. */
interface Shape {
  readonly any: TaskTemplate;
  /** Of the parts of `any`, whose numbers were 0 so far. */
  readonly isZero: boolean[];
  /** For lines where they still are. */
  zeros: TaskTemplate;
}

function isNumber({ kind }: Part): boolean {
  return kind <= KIND.peak;
}

function shapeOf(any: TaskTemplate): Shape {
  return { any, isZero: any.parts.map(isNumber), zeros: any };
}

/** After a line that was matched by `any`. */
function narrowZeros(shape: Shape): void {
  const { any, isZero } = shape;
  for (const [at, number] of any.numbers.entries()) if (number !== 0) isZero[at] = false;
  shape.zeros = isZero.includes(true) ? withZeros(any, isZero) : any;
}

/**
 * The fast way to read a TaskEnd line. Lines of one log are alike but for their values, so the first one is parsed in
 * full and gives a template: the bytes between the values, and what each value means. Later lines are compared with it
 * byte by byte. Any difference (other order, missing or further fields, white space, a failed task, updated blocks) is a
 * mismatch, and the line is parsed in full. Accumulables, most of the bytes, are skipped: what their totals are for
 * comes from StageCompleted (see accumulators.ts).
 */
export class TaskScanner {
  private readonly shapes: Shape[] = [];
  private learned = 0;
  /** The two buffers that lines came from last, with a view of each. */
  private buffer: Buffer = Buffer.alloc(0);
  private view = viewOf(this.buffer);
  private otherBuffer = this.buffer;
  private otherView = this.view;
  /** Executor ids by their number, so that no text is made for each task. */
  private readonly ids: string[] = [];

  /** Remembers the shape of an event that no template matched. */
  learn(event: JsonObject): void {
    if (this.learned++ > MOST_LEARNED) return;
    const template = templateOf(event);
    if (!template) return;
    this.shapes.unshift(shapeOf(template));
    this.shapes.splice(MOST_SHAPES);
  }

  /** Fills `record` from a line; false if it must be parsed in full. */
  scan(line: Buffer, start: number, end: number, record: TaskRecord): boolean {
    for (let place = 0; place < this.shapes.length; place++) {
      const shape = this.shapes[place];
      if (!shape) return false;
      const template = this.matchShape(shape, line, start, end, record);
      if (!template) continue;
      if (place > 0) {
        this.shapes.splice(place, 1);
        this.shapes.unshift(shape);
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

  private matchShape(shape: Shape, line: Buffer, start: number, end: number, record: TaskRecord) {
    const { any, zeros } = shape;
    if (zeros !== any && this.match(zeros, line, start, end, record)) return isTask(record) ? zeros : undefined;
    if (!this.match(any, line, start, end, record) || !isTask(record)) return undefined;
    narrowZeros(shape);
    return any;
  }

  /** One loop with few calls: this is where the time of a large log goes. */
  private match(template: TaskTemplate, line: Buffer, start: number, end: number, record: TaskRecord): boolean {
    const { parts, numbers, peakValues, peaks, firstPeak, lastPeak } = template;
    const { values } = record;
    values.fill(0);
    record.speculative = false;
    const view = this.viewOf(line);
    let at = start;
    let peaksFrom = start;
    let skipping = false;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part === undefined) return false;
      const { kind } = part;
      if (skipping) {
        at = this.endOfSkipped(view, line, at, end, part);
        if (at < 0) return false;
        skipping = false;
      } else {
        const { length } = part.literal;
        if (at + length > end || !literalStandsAt(view, line, at, part)) return false;
        at += length;
      }
      if (i === firstPeak) {
        peaksFrom = at;
        const { length, bytes } = peaks;
        if (length > 0 && at + length <= end && line.compare(bytes, 0, length, at, at + length) === 0) {
          at += length;
          i = lastPeak;
          continue;
        }
        // Not to be believed while the values are being replaced.
        peaks.length = 0;
      }
      if (kind <= KIND.peak) {
        const from = at;
        let value = 0;
        for (let digit = (line[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (line[++at] ?? 0) - ZERO)
          value = value * 10 + digit;
        if (at === from || at - from > MAX_DIGITS || (line[from] === ZERO && at - from > 1)) return false;
        numbers[i] = value;
        if (i === lastPeak) keepBytes(peaks, line, peaksFrom, at);
        if (kind === KIND.peak) peakValues[part.place] = value;
        else if (part.place >= 0) values[part.place] = value;
      } else if (kind === KIND.text || kind === KIND.executorId) {
        const from = at;
        at = endOfText(line, from, end);
        if (at < 0) return false;
        if (kind === KIND.executorId) record.executorId = this.idOf(line, from, at);
      } else if (kind === KIND.flag) {
        record.speculative = line[at] === LOWER_T;
        const word = record.speculative ? TRUE : FALSE;
        if (!standsAt(line, at, word)) return false;
        at += word.length;
      } else if (kind === KIND.skip) skipping = true;
    }
    return at === end;
  }

  /**
   * Where skipped accumulables end: after the literal of `part`; -1 if it does not come before `end` or before another
   * event. One search for a byte that both have finds either.
   */
  private endOfSkipped(view: DataView, line: Buffer, at: number, end: number, part: Part): number {
    const { anchor, literal } = part;
    for (let found = line.indexOf(ANCHOR, at); found >= 0 && found < end; found = line.indexOf(ANCHOR, found + 1)) {
      if (standsAt(line, found - ANCHOR_OF_NEXT_EVENT, NEXT_EVENT)) return -1;
      const from = found - anchor;
      const to = from + literal.length;
      if (from >= at && to <= end && literalStandsAt(view, line, from, part)) return to;
    }
    return -1;
  }

  /** Lines come from few buffers in turn: that of the reader and that of lines across its ends. */
  private viewOf(line: Buffer): DataView {
    if (line === this.buffer) return this.view;
    const view = line === this.otherBuffer ? this.otherView : viewOf(line);
    this.otherBuffer = this.buffer;
    this.otherView = this.view;
    this.buffer = line;
    this.view = view;
    return view;
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

/** In the same memory as far as it will do: on a large log this happens often. */
function keepBytes(kept: KeptBytes, line: Buffer, from: number, to: number): void {
  if (kept.bytes.length < to - from) kept.bytes = Buffer.alloc(2 * (to - from));
  kept.length = line.copy(kept.bytes, 0, from, to);
}

/** Whether the part's literal stands at `at`; the line must be long enough for it. */
function literalStandsAt(view: DataView, line: Buffer, at: number, { literal, words }: Part): boolean {
  if (words.length === 0) return standsAt(line, at, literal);
  const last = words.length - 1;
  for (let i = 0; i < last; i++) if (view.getFloat64(at + i * WORD, true) !== words[i]) return false;
  return view.getFloat64(at + literal.length - WORD, true) === words[last];
}
