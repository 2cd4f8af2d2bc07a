import type { Report } from '../../model/report.js';
import { clockHour } from '../../model/window.js';
import { capacityText } from '../../spot/family-render.js';
import { formatShare, formatUsd, formatUsdPerMonth } from '../format.js';
import { shown } from '../text.js';
import { table } from './table.js';
import { type Html, html } from './template.js';

type Plan = NonNullable<Report['spotPlans']>[number];

/** Plans told; the JSON report has all of them. */
const MOST_PLANS = 50;

function place(cell: Plan['best'], timeZone: string): string {
  if (!cell) return 'unknown';
  const { type, zone, startHour } = cell;
  const hour = startHour === null ? 'any hour' : `from ${clockHour(startHour)} ${shown(timeZone)}`;
  return `${shown(type)} in ${shown(zone)}, ${hour}`;
}

function saving({ savingPercent, savingIntervalPercent, savingUsdPerMonth }: Plan): string {
  if (savingPercent === null) return 'unknown';
  const interval = savingIntervalPercent
    ? ` (${savingIntervalPercent.map((percent) => formatShare(percent / 100)).join(' to ')})`
    : '';
  return `${formatShare(savingPercent / 100)}${interval}, ${formatUsdPerMonth(savingUsdPerMonth)}`;
}

/** Where and when each Spark family is best run on spot. Null where no plan was made. */
export function spotPlansFigure(report: Report): Html | null {
  const plans = report.spotPlans ?? [];
  if (!plans.length) return null;
  const rows = plans
    .slice(0, MOST_PLANS)
    .map((plan) => [
      shown([plan.family.namespace, plan.family.name].filter(Boolean).join('/')),
      plan.advice,
      shown(plan.why),
      place(plan.best, plan.timeZone),
      `${formatUsd(plan.today?.usdPerRun ?? null)} today, ${formatUsd(plan.best?.usdPerRun ?? null)} then`,
      saving(plan),
      shown(capacityText(plan)),
    ]);
  const moves = plans.filter(({ advice }) => advice === 'move').length;
  return html`<div class="figure"><h3>Where and when is each Spark family best run on spot?</h3>
<p class="answer">${moves === 0 ? 'No family would gain by moving.' : `${moves} of ${plans.length} would gain by moving.`}</p>
${table(['Family', 'Advice', 'Why', 'Best', 'A run costs', 'Saving (95 % interval)', 'Capacity'], rows, 'Spot plans', { stacked: true })}
<p class="note">Expected USD per run with interruptions priced in, over the spot history that AWS keeps (90 days). Prices: aws-spot, aws-prices. Patches: sparkfit spot.</p></div>`;
}
