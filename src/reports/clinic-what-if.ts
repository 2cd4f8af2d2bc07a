import type picocolors from 'picocolors';
import type { RunRate } from '../pricing/run-cost.js';
import { ownCores, shapeUsd } from '../spark/stage-rows.js';
import type { Shape, WhatIf } from '../spark/what-if.js';
import { withheldText } from './charts/what-if.js';
import { formatRunUsd, formatSeconds, formatShare, formatValue } from './format.js';
import { shapeName, shapeThing } from './shape-name.js';
import { bar, wrap } from './text.js';

interface Page {
  columns: number;
  colors: ReturnType<typeof picocolors.createColors>;
}

/** Columns of a table, each with its width and what a shape shows in it. */
interface Column {
  head: string;
  width: number;
  text(shape: Shape): string;
}

const EXECUTORS: Column = {
  head: 'exec × cores',
  width: 13,
  text: ({ executors, cores }) => `${executors} × ${cores}`,
};
const SLOTS: Column = { head: 'slots', width: 6, text: ({ slots }) => String(slots) };
/** Of a local master a thread is a slot. */
const THREADS: Column = { head: 'threads', width: 13, text: ({ executors }) => String(executors) };
const TIME: Column = { head: 'time', width: 11, text: ({ wallMs }) => formatSeconds(wallMs / 1000) };
const CORE_TIME: Column = { head: 'core time', width: 13, text: ({ coreMs }) => formatSeconds(coreMs / 1000) };
const USED: Column = { head: 'used', width: 7, text: ({ efficiency }) => formatShare(efficiency) };
/** Room for the words beside a row: `as it ran, no gain`. */
const NOTE_COLUMNS = 18;
const LEAST_BAR = 5;

/** With prices the dollars of each way to buy the executors, else the time that is paid for. */
function columnsFor(whatIf: WhatIf, rates: readonly RunRate[]): Column[] {
  const cores = ownCores(whatIf);
  const usd = rates.map(
    ({ lifecycle }): Column => ({
      head: lifecycle === 'spot' ? 'on spot' : 'on demand',
      width: lifecycle === 'spot' ? 9 : 10,
      text: (shape) => formatRunUsd(shapeUsd(shape, cores, rates, lifecycle)),
    }),
  );
  return [...(whatIf.isLocal ? [THREADS] : [EXECUTORS, SLOTS]), TIME, ...(usd.length ? usd : [CORE_TIME]), USED];
}

/** Tasks that compute for less than this share of their time wait: for other processes, disks or services. */
const LITTLE_CPU = 0.5;

function note(shape: Shape, knee: Shape | undefined): string {
  const notes = [shape.isOwn ? 'as it ran' : '', shape === knee ? 'knee' : '', shape.isPareto ? '' : 'no gain'];
  return notes.filter(Boolean).join(', ');
}

/** What is to be known of the table, a note for each thing. */
function notesOf(whatIf: WhatIf, rates: readonly RunRate[]): string[] {
  const { error, cpuShare, leastMs, knee, isLocal } = whatIf;
  const things = shapeThing(isLocal);
  const notes = [
    `Replayed from the recorded tasks, which keep their lengths: slots alone decide. At the run's own shape the model is ${formatShare(error)} off. No number of ${things} gets below ${formatSeconds(leastMs / 1000)}.`,
  ];
  if (knee)
    notes.push(
      knee.isOwn
        ? `As it ran is the best trade: no other number of ${things} is clearly better for what it costs.`
        : `Beyond ${shapeName(knee, isLocal)} (the knee) more ${things} cost more than they bring.`,
    );
  if (cpuShare < LITTLE_CPU)
    notes.push(
      `Tasks computed for ${formatShare(cpuShare)} of their run time: what they waited for (Python workers, other processes, disks, services) may be slower or faster then, which the model cannot know.`,
    );
  if (rates.length)
    notes.push(
      'Dollars are of driver and executors on the node types that they had, by what their pods request; the driver is on demand in both.',
    );
  return [...notes, ...otherSizes(whatIf)];
}

/** One row for each number of slots: of executors as they were, or, where they do not give it, of another size. */
function rowsOf({ shapes }: WhatIf): Shape[] {
  const bySlots = new Map<number, Shape>();
  for (const shape of shapes) if (!bySlots.has(shape.slots)) bySlots.set(shape.slots, shape);
  return [...bySlots.values()].sort((a, b) => a.slots - b.slots);
}

/** The slots of the run's own shape in executors of other sizes. */
function otherSizes({ shapes }: WhatIf): string[] {
  const own = shapes.find(({ isOwn }) => isOwn);
  const others = own ? shapes.filter(({ slots, isOwn }) => slots === own.slots && !isOwn) : [];
  if (!own || others.length === 0) return [];
  const sized = (shape: Shape) =>
    `${shapeName(shape)} (${formatValue(shape.memoryBytes * shape.executors, 'bytes')} in all)`;
  return [
    `${others.map(sized).join(' or ')} would take the same time as ${sized(own)}: memory goes with the cores, so that a task has what it had.`,
  ];
}

function titleOf({ isLocal }: WhatIf): string {
  return `On other numbers of ${isLocal ? 'threads' : 'executors and cores'}`;
}

/** Time and cost on other numbers of executors, as a table with a bar of the time in each row, or why there is none. */
export function whatIfLines(page: Page, whatIf: WhatIf, rates: readonly RunRate[] = []): string[] {
  const withheld = withheldText({ ...whatIf, errorShare: whatIf.error });
  if (withheld)
    return [page.colors.bold(titleOf(whatIf)), ...wrap(withheld, page.columns - 2).map((line) => `  ${line}`), ''];
  return tableLines(page, whatIf, rates);
}

function tableLines({ columns, colors }: Page, whatIf: WhatIf, rates: readonly RunRate[]): string[] {
  const table = columnsFor(whatIf, rates);
  const room = columns - table.reduce((sum, { width }) => sum + width, 0) - NOTE_COLUMNS - 4;
  const shapes = rowsOf(whatIf);
  const longestMs = Math.max(...shapes.map(({ wallMs }) => wallMs));
  const barOf = ({ wallMs }: Shape) => (room < LEAST_BAR ? '' : `  ${bar(wallMs / longestMs, room).padEnd(room)}`);
  const head = table.map((column) => column.head.padStart(column.width)).join('');
  const rows = shapes.map((shape) => {
    const cells = table.map(({ width, text }) => text(shape).padStart(width)).join('');
    const line = `${cells}${barOf(shape)}  ${note(shape, whatIf.knee)}`.slice(0, columns).trimEnd();
    return shape.isOwn ? colors.bold(line) : shape.isPareto ? line : colors.dim(line);
  });
  return [
    colors.bold(titleOf(whatIf)),
    colors.dim(head),
    ...rows,
    ...notesOf(whatIf, rates).flatMap((note) =>
      wrap(note, columns - 4).map((line, i) => colors.dim(`${i === 0 ? '  – ' : '    '}${line}`)),
    ),
    '',
  ];
}
