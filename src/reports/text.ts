import stringWidth from 'string-width';

/** A Kubernetes name has at most 253 characters; what is longer is no name and is cut in the middle. */
const LONGEST_NAME = 253;

const NOT_PRINTABLE =
  // C0 and C1 controls, bidirectional overrides and isolates, line separators: they move, hide or recolour other text.
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

function escapeCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Half characters cannot be written as UTF-8. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/** Text from outside with nothing left in it that a terminal or browser would act on; breaks become spaces. */
export function plain(text: string): string {
  return wellFormed(text)
    .replaceAll(/[\r\n\t]+/g, ' ')
    .replaceAll(NOT_PRINTABLE, escapeCode);
}

/** As `plain`, for text of several lines: breaks and tabs stay. */
export function plainLines(text: string): string {
  return wellFormed(text)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(NOT_PRINTABLE, (character) =>
      character === '\n' || character === '\t' ? character : escapeCode(character),
    );
}

/** Printable text of at most `longest` characters; what is cut is cut in the middle, where names differ least. */
export function shown(text: string, longest = LONGEST_NAME): string {
  // Cut before cleaning too: a name of megabytes costs no time.
  const characters = Array.from(plain(text.length > 4 * longest ? cutMiddle(text, 4 * longest) : text));
  return characters.length > longest ? cutMiddle(characters, longest) : characters.join('');
}

function cutMiddle(text: string | readonly string[], longest: number): string {
  const head = Math.ceil((longest - 1) / 2);
  const tail = longest - 1 - head;
  const parts = [text.slice(0, head), text.slice(text.length - tail)];
  return parts.map((part) => (typeof part === 'string' ? part : part.join(''))).join('…');
}

/** JSON in which every character that a terminal would act on is written as its escape: the same value. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(NOT_PRINTABLE, (character) =>
    character === '\n' ? character : escapeCode(character),
  );
}

/** Columns that a terminal needs for `text`: wide characters take two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

function splitWide(word: string, columns: number): string[] {
  const parts: string[] = [];
  let part = '';
  for (const { segment } of new Intl.Segmenter('en').segment(word)) {
    if (part && widthOf(part + segment) > columns) {
      parts.push(part);
      part = '';
    }
    part += segment;
  }
  return part ? [...parts, part] : parts;
}

/** Between words, but not between a number and its unit. */
const BREAK = /(?<!\d)\s+|\s+(?!(?:%|s|min|h|d|ms|B|[KMGT]iB)(?![\p{L}\d]))/u;

/** Lines of at most `columns`, broken between words; a word that is wider is broken inside. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(BREAK).filter(Boolean)) {
    if (line && widthOf(line) + 1 + widthOf(word) <= columns) {
      line = `${line} ${word}`;
      continue;
    }
    if (line) lines.push(line);
    const parts = widthOf(word) > columns ? splitWide(word, columns) : [word];
    lines.push(...parts.slice(0, -1));
    line = parts.at(-1) ?? '';
  }
  return line ? [...lines, line] : lines;
}

/** A bar of `share` (0 to 1) of so many columns, to an eighth of a column. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(share * columns * 8);
  const rest = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return '█'.repeat(Math.floor(eighths / 8)) + rest;
}
