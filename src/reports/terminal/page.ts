import Table from 'cli-table3';
import type picocolors from 'picocolors';
import { wrap } from '../text.js';

type Colors = ReturnType<typeof picocolors.createColors>;

/** How wide the terminal is, and its colours. */
export interface Page {
  readonly columns: number;
  readonly colors: Colors;
}

const LABEL_COLUMNS = 12;
export const INDENT = 4;

/** `label       text that goes on …` with the text under itself. */
export function labelled(
  { columns, colors }: Page,
  label: string,
  text: string,
  paint = (line: string) => line,
): string[] {
  const lines = wrap(text, columns - INDENT - LABEL_COLUMNS);
  return lines.map((line, i) => {
    const head = (i === 0 ? label : '').padEnd(LABEL_COLUMNS);
    return `${' '.repeat(INDENT)}${colors.dim(head)}${paint(line)}`;
  });
}

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
};

/** Columns of fixed width and a last one that takes the rest and wraps. */
export function table(page: Page, widths: number[], head: string[], rows: string[][]): string[] {
  const rest = page.columns - 2 - widths.reduce((sum, width) => sum + width + 1, 0);
  const last = widths.length;
  const view = new Table({
    chars: NO_BORDER,
    colWidths: [...widths, rest],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  // Each line is a row of its own: the library needs time that grows with the square of a cell's lines.
  const lines = (row: string[]) => {
    const texts = wrap(row[last] ?? '', rest);
    return (texts.length ? texts : ['']).map((text, i) => [...row.slice(0, last).map((cell) => (i ? '' : cell)), text]);
  };
  if (head.length) view.push([...head.map((cell) => page.colors.dim(cell)), '']);
  view.push(...rows.flatMap(lines));
  return view
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}
