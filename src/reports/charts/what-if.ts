import type { SparkRunRow, SparkWhatIf } from '../../model/report.js';
import { formatSeconds, formatShare, formatValue } from '../format.js';
import { type Html, html } from '../html/template.js';
import { shapeName, shapeThing } from '../shape-name.js';
import { shown } from '../text.js';
import { barRow, type Chart, legend } from './chart.js';
import { percent } from './scale.js';
import { startedText } from './spark-stages.js';

const HEIGHT = 18;
const COST_HEIGHT = 6;

type Shape = SparkWhatIf['shapes'][number];

function word({ own, knee, pareto }: Shape): string {
  return [own ? 'as it ran' : '', knee ? 'knee' : '', pareto ? '' : 'no gain'].filter(Boolean).join(', ');
}

/** What is paid for. Reports of before had executors of one size only. */
function paidSeconds({ coreSeconds, executorSeconds }: Shape): number {
  return coreSeconds ?? executorSeconds;
}

/** Of executors of the size that they had. */
function ownSize(shapes: readonly Shape[]): Shape[] {
  const own = shapes.find((shape) => shape.own);
  return shapes.filter(({ cores }) => cores === own?.cores);
}

function figures(shape: Shape): string {
  const note = word(shape);
  return `${formatSeconds(shape.seconds)}, ${formatSeconds(paidSeconds(shape))} of core time${note ? ` (${note})` : ''}`;
}

function picture(shapes: readonly Shape[], isLocal: boolean | undefined): Html {
  const longest = Math.max(...shapes.map(({ seconds }) => seconds));
  const dearest = Math.max(...shapes.map(paidSeconds));
  const rows = shapes.map((shape) => {
    const name = shapeName(shape, isLocal);
    const bars = html`<rect class="track" width="100%" height="${HEIGHT}" rx="2"/><rect class="used" width="${percent(shape.seconds / longest)}" height="${HEIGHT - COST_HEIGHT}"/><rect class="unused" y="${HEIGHT - COST_HEIGHT}" width="${percent(paidSeconds(shape) / dearest)}" height="${COST_HEIGHT}"/>`;
    return barRow(name, figures(shape), `${name}: ${figures(shape)}`, bars, HEIGHT);
  });
  return html`${legend([
    { label: 'wall time', className: 'used' },
    { label: 'core time (what is paid)', className: 'unused' },
  ])}<ul class="bars">${rows}</ul>`;
}

function answer({ shapes, leastSeconds, threads }: SparkWhatIf): string {
  const own = shapes.find((shape) => shape.own);
  const knee = shapes.find((shape) => shape.knee);
  const floor = `No number of ${shapeThing(threads)} gets below ${formatSeconds(leastSeconds)}.`;
  if (!own || !knee) return floor;
  if (knee.own) return `${shapeName(own, threads)}, as it ran, is the best trade. ${floor}`;
  const time = `${formatSeconds(knee.seconds)} instead of ${formatSeconds(own.seconds)}`;
  const paid = formatShare(Math.abs(paidSeconds(knee) / paidSeconds(own) - 1));
  const more = paidSeconds(knee) >= paidSeconds(own) ? 'more' : 'less';
  return `The best trade is ${shapeName(knee, threads)}: ${time}, for ${paid} ${more} core time. ${floor}`;
}

const EXECUTORS_NOTE =
  'Core time is the cores of all executors × the time they are held, which is what is paid for; memory goes with the cores, so that a task has what it had. The bars are of executors of their own size; the table has others too.';
const THREADS_NOTE = 'Core time is a core for each thread of the local master × the time they are held.';

/** Why other shapes are not told; undefined where they are. */
export function withheldText({ shapes, errorShare }: Pick<SparkWhatIf, 'errorShare'> & { shapes: readonly unknown[] }) {
  if (shapes.length > 0) return undefined;
  return `Not told: at the run's own shape the replay is ${formatShare(errorShare)} off, so it is no guide to others. It knows slots and lengths of tasks, not executors lost and replaced, nor a driver too slow to start tasks.`;
}

export function whatIfQuestion({ family, whatIf }: SparkRunRow): string {
  return `What if ${shown(family, 80)} had more or fewer ${shapeThing(whatIf?.threads)}?`;
}

/** The run on other numbers of executors. Null where there was nothing to replay. */
export function whatIfChart(run: SparkRunRow, index: number): Chart | null {
  const { whatIf } = run;
  if (!whatIf || ownSize(whatIf.shapes).length < 2) return null;
  return {
    id: `what-if-${index}`,
    question: whatIfQuestion(run),
    answer: answer(whatIf),
    note: `Replayed from the recorded tasks of ${shown(run.appId)}, ${startedText(run)}; at the run's own shape the model is ${formatShare(whatIf.errorShare)} off. ${whatIf.threads ? THREADS_NOTE : EXECUTORS_NOTE}`,
    picture: picture(ownSize(whatIf.shapes), whatIf.threads),
    table: {
      head: [
        whatIf.threads ? 'Threads' : 'Executors × cores',
        'Memory each',
        'Slots',
        'Wall time',
        'Core time',
        'Note',
      ],
      rows: whatIf.shapes.map((shape) => [
        whatIf.threads ? String(shape.executors) : `${shape.executors} × ${shape.cores ?? '?'}`,
        shape.memoryBytes === undefined ? '–' : formatValue(shape.memoryBytes, 'bytes'),
        shape.slots === undefined ? '–' : String(shape.slots),
        formatSeconds(shape.seconds),
        formatSeconds(paidSeconds(shape)),
        word(shape) || '–',
      ]),
    },
  };
}
