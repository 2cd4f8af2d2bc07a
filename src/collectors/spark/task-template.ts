import { isObject, type JsonObject } from './json.js';
import { EXECUTOR_ID_PATH, EXECUTOR_METRICS_KEY, NUMBER_PATHS, PLACE, SPECULATIVE_PATH } from './task-record.js';

/** What a value of a line is, and what is done with it. Those up to PEAK are numbers. */
export const KIND = { integer: 1, peak: 2, text: 3, executorId: 4, flag: 5, skip: 6, end: 7 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

/** The bytes before a value, and the value. */
export interface Part {
  /** Bytes that must stand before the value. */
  readonly literal: Buffer;
  /** The same eight bytes at a time, the last eight again where they overlap; empty if it is shorter. */
  readonly words: Float64Array;
  /** Where its first ANCHOR lies. */
  readonly anchor: number;
  /** What the value is; `end` after the last literal. */
  readonly kind: Kind;
  /** Of an integer, its place in the record's values (-1: not kept); of a peak, its place among the peaks. */
  readonly place: number;
}

/** The first `length` of `bytes`. */
export interface KeptBytes {
  bytes: Buffer;
  length: number;
}

/** What lines that are alike have in common: the bytes between their values, and what each value means. */
export interface TaskTemplate {
  readonly parts: readonly Part[];
  /** The number of each part in the line that was matched last. */
  readonly numbers: Float64Array;
  readonly peakNames: readonly string[];
  readonly peakValues: Float64Array;
  /** Parts of the first and the last peak; -1 if there are not several. */
  readonly firstPeak: number;
  readonly lastPeak: number;
  /** The bytes that `peakValues` came from. Tasks of a second or less mostly repeat them. */
  readonly peaks: KeptBytes;
}

/** The letter E: a byte that the end of accumulables has, and they themselves seldom do. */
export const ANCHOR = 69;
/** The end of skipped accumulables must not be found by chance: it needs a key of its own. */
const LEAST_SKIP_END = 16;

export const WORD = 8;

/** Text as numbers, of which none is NaN or 0: equal numbers are equal bytes. */
function wordsOf(bytes: Buffer): Float64Array {
  if (bytes.length < WORD) return new Float64Array(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = Math.ceil(bytes.length / WORD);
  return Float64Array.from({ length: count }, (_, i) => view.getFloat64(Math.min(i * WORD, bytes.length - WORD), true));
}

function partOf(literal: Buffer, kind: Kind, place: number): Part {
  return { literal, words: wordsOf(literal), anchor: literal.indexOf(ANCHOR), kind, place };
}

function templateOfParts(parts: readonly Part[], peakNames: readonly string[]): TaskTemplate {
  const firstPeak = parts.findIndex(({ kind }) => kind === KIND.peak);
  const lastPeak = parts.findLastIndex(({ kind }) => kind === KIND.peak);
  return {
    parts,
    numbers: new Float64Array(parts.length),
    peakNames,
    peakValues: new Float64Array(peakNames.length),
    ...(lastPeak > firstPeak ? { firstPeak, lastPeak } : { firstPeak: -1, lastPeak: -1 }),
    peaks: { bytes: Buffer.alloc(0), length: 0 },
  };
}

class TemplateBuilder {
  readonly parts: Part[] = [];
  readonly peakNames: string[] = [];
  private literal = '';

  part(kind: Kind, place = -1): void {
    this.parts.push(partOf(Buffer.from(this.literal), kind, place));
    this.literal = '';
  }

  value(value: unknown, path: string): void {
    if (path === 'Task Info/Accumulables') {
      this.literal += '[';
      this.part(KIND.skip);
      this.literal = ']';
    } else if (isObject(value)) this.object(value, path);
    else if (typeof value === 'number') this.number(path);
    else if (path === SPECULATIVE_PATH) this.part(KIND.flag);
    else if (typeof value === 'string' && (path === 'Task Type' || path.startsWith('Task Info/'))) {
      this.literal += '"';
      this.part(path === EXECUTOR_ID_PATH ? KIND.executorId : KIND.text);
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
    const [parent, name, ...deeper] = path.split('/');
    if (parent === EXECUTOR_METRICS_KEY && name !== undefined && deeper.length === 0) {
      this.part(KIND.peak, this.peakNames.push(name) - 1);
      return;
    }
    const field = NUMBER_PATHS.get(path);
    this.part(KIND.integer, field === undefined ? -1 : PLACE[field]);
  }
}

/** A template from a TaskEnd event that succeeded and was read in full; undefined if none can be made of it. */
export function templateOf(event: JsonObject): TaskTemplate | undefined {
  const builder = new TemplateBuilder();
  builder.value(event, '');
  builder.part(KIND.end);
  const { parts, peakNames } = builder;
  for (const [at, { kind }] of parts.entries()) {
    if (kind !== KIND.skip) continue;
    const end = parts[at + 1]?.literal;
    if (!end || end.length < LEAST_SKIP_END || !end.includes(',"') || !end.includes(ANCHOR)) return undefined;
  }
  return templateOfParts(parts, peakNames);
}

const ZERO = Buffer.from('0');

/**
 * A template for lines where the numbers of these parts are 0, as most metrics of a task are: with the zeros it has a
 * third of the parts.
 */
export function withZeros({ parts, peakNames }: TaskTemplate, isZero: readonly boolean[]): TaskTemplate {
  const fewer: Part[] = [];
  let before: Buffer[] = [];
  for (const [at, { literal, kind, place }] of parts.entries()) {
    before.push(literal);
    // Where skipped accumulables end is looked for by the same bytes as without zeros: longer ones might stand elsewhere.
    const endsSkipped = parts[at - 1]?.kind === KIND.skip;
    if (isZero[at] && !endsSkipped) before.push(ZERO);
    else {
      fewer.push(partOf(Buffer.concat(before), kind, place));
      before = [];
    }
  }
  return templateOfParts(fewer, peakNames);
}
