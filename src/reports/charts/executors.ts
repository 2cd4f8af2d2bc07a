import { windowOf } from '../../analyzers/derived/spark-run.js';
import { type Life, livesOf } from '../../analyzers/derived/spark-slots.js';
import type { SparkLog } from '../../model/spark.js';
import { formatCount, formatSeconds, formatShare } from '../format.js';
import { type Html, html } from '../html/template.js';
import { shown } from '../text.js';
import { barRow, type Chart, legend } from './chart.js';
import { percent } from './scale.js';

/** Executors drawn; those that came first. */
const LANES = 24;
const SLICES = 160;
const HEIGHT = 14;

interface Lane {
  life: Life;
  /** Share of its slots that ran tasks, per slice of the run's time. */
  busy: Float64Array;
  taskMs: number;
}

function lanesOf(run: SparkLog, lives: readonly Life[]): Lane[] {
  const { sinceMs, untilMs } = windowOf(run);
  const sliceMs = Math.max(1, (untilMs - sinceMs) / SLICES);
  const lanes = new Map(
    lives.map((life) => [life.executor.id, { life, busy: new Float64Array(SLICES), taskMs: 0 } satisfies Lane]),
  );
  for (const { tasks } of run.stages)
    for (let task = 0; task < tasks.count; task++) {
      const lane = lanes.get(tasks.executorIds[tasks.executor[task] ?? -1] ?? '');
      if (!lane) continue;
      const from = ((tasks.launchMs[task] ?? sinceMs) - sinceMs) / sliceMs;
      const to = Math.min(SLICES, ((tasks.finishMs[task] ?? sinceMs) - sinceMs) / sliceMs);
      lane.taskMs += Math.max(0, to - from) * sliceMs;
      for (let slice = Math.max(0, Math.floor(from)); slice < to; slice++) {
        const part = Math.min(slice + 1, to) - Math.max(slice, from);
        lane.busy[slice] = (lane.busy[slice] ?? 0) + part / Math.max(1, lane.life.slots);
      }
    }
  return [...lanes.values()];
}

function laneText({ life, taskMs }: Lane): string {
  const lifeMs = life.untilMs - life.sinceMs;
  const used = Math.min(1, taskMs / Math.max(1, lifeMs * life.slots));
  const { removalReason } = life.executor;
  const end = removalReason ? `; ${shown(removalReason, 80)}` : '';
  return `${formatSeconds(lifeMs / 1000)}, ${formatShare(used)} of its slots used${end}`;
}

function picture(run: SparkLog, lanes: readonly Lane[]): Html {
  const { sinceMs, untilMs } = windowOf(run);
  const wallMs = Math.max(1, untilMs - sinceMs);
  const rows = lanes.map((lane) => {
    const { life, busy } = lane;
    const name = `Executor ${shown(life.executor.id, 20)}`;
    const cells = Array.from(busy, (share, slice) =>
      share > 0.01
        ? html`<rect class="used" x="${percent(slice / SLICES)}" width="${percent(1 / SLICES)}" height="${HEIGHT}" opacity="${Math.round(Math.min(1, 0.15 + share * 0.85) * 100) / 100}"/>`
        : null,
    );
    const held = html`<rect class="track" x="${percent((life.sinceMs - sinceMs) / wallMs)}" width="${percent((life.untilMs - life.sinceMs) / wallMs)}" height="${HEIGHT}"/>`;
    return barRow(name, laneText(lane), `${name}: ${laneText(lane)}`, html`${held}${cells}`, HEIGHT);
  });
  return html`${legend([
    { label: 'slots that run tasks, the fuller the darker', className: 'used' },
    { label: 'held without a task', className: 'track' },
  ])}<ul class="bars">${rows}</ul>`;
}

/** Each executor on the clock of the run: when it was held, and how much of it worked. Null where there is none. */
export function executorsChart(run: SparkLog): Chart | null {
  const lives = [...livesOf(run)].sort((a, b) => a.sinceMs - b.sinceMs);
  if (!lives.length) return null;
  const lanes = lanesOf(run, lives);
  const held = lanes.reduce((sum, { life }) => sum + (life.untilMs - life.sinceMs) * life.slots, 0);
  const worked = lanes.reduce((sum, { taskMs }) => sum + taskMs, 0);
  const more = lanes.length - LANES;
  return {
    id: 'executors',
    question: 'When did which executor work?',
    answer: `${formatCount(lanes.length, 'executor')} used ${formatShare(Math.min(1, worked / Math.max(1, held)))} of the slot time that they were held.`,
    note: `From the start to the end of the run, from its event log.${more > 0 ? ` The first ${LANES} are drawn; ${more} came later.` : ''}`,
    picture: picture(run, lanes.slice(0, LANES)),
    table: {
      head: ['Executor', 'Host', 'Held', 'Tasks'],
      rows: lanes.map((lane) => [
        shown(lane.life.executor.id, 20),
        shown(lane.life.executor.host, 80),
        laneText(lane),
        String(lane.life.executor.tasks),
      ]),
    },
  };
}
