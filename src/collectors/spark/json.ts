/** Narrow looks into parsed JSON of unknown shape: what is not as expected is absent, never an error. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A number that a log can mean: beyond what is exact no count, time or size is one. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : null;
}

/** A number of things, or the number of one: whole, from 0 on. */
export function countOf(value: unknown): number | null {
  const number = numberOf(value);
  return number !== null && Number.isInteger(number) && number >= 0 ? number : null;
}

/** Accumulator values come as numbers or as text. */
export function numericOf(value: unknown): number | null {
  return numberOf(typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value);
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The ids in a list. */
export function numbersOf(value: unknown): number[] {
  return listOf(value)
    .map(countOf)
    .filter((item) => item !== null);
}

/** The members of an object that are numbers. */
export function numbersByName(value: unknown): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [name, member] of Object.entries(objectOf(value))) {
    const number = numberOf(member);
    if (number !== null) numbers[name] = number;
  }
  return numbers;
}

/** The members of an object as text; nested values as JSON. */
export function textsByName(value: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, member] of Object.entries(objectOf(value)))
    if (member !== null && member !== undefined)
      texts[name] = typeof member === 'string' ? member : JSON.stringify(member);
  return texts;
}

/** 2100: what is later, or before 1970, is no time of a run but damage. */
const LATEST_MS = 4_102_444_800_000;

export function isTime(ms: number): boolean {
  return Number.isInteger(ms) && ms > 0 && ms < LATEST_MS;
}

/** Spark writes times as epoch milliseconds, streaming as ISO 8601. */
export function timeOf(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : numberOf(value);
  return ms !== null && isTime(ms) ? ms : null;
}

export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
