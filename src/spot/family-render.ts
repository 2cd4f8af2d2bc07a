import type { FamilyPlanRow } from '../model/spot-plan.js';
import { clockHour } from '../model/window.js';
import { formatUsd, formatUsdPerMonth } from '../reports/format.js';
import { shown, wrap } from '../reports/text.js';
import { percent } from './plan.js';
import type { PlanCell } from './plan-cost.js';
import { seenText } from './seen.js';

const INDENT = '    ';
/** Plans shown in full; the others have one line. */
const DETAILED = 5;
const NEXT_TOLD = 2;

function whenText({ startHour }: { startHour: number | null }, timeZone: string): string {
  return startHour === null ? 'any hour' : `start at ${clockHour(startHour)} ${timeZone}`;
}

function cellText(cell: PlanCell, timeZone: string): string {
  const chance = `${(cell.interruptionChance * 100).toFixed(1)} % chance of an interruption`;
  return `${cell.type} in ${cell.zone}, ${whenText(cell, timeZone)}: ${formatUsd(cell.usdPerRun)} a run, ${chance}`;
}

function todayText({ today, timeZone }: FamilyPlanRow): string {
  if (!today) return 'not known';
  const where = today.zone === null ? today.type : `${today.type} in ${today.zone}`;
  const when = today.startHour === null ? '' : `, ${whenText(today, timeZone)}`;
  return `${today.lifecycle} ${where}${when}: ${formatUsd(today.usdPerRun)} a run`;
}

/** What was seen here beside the Spot Advisor's bucket. */
export function capacityText({ availability: own }: FamilyPlanRow): string {
  if (!own) return 'not known';
  const advisor = own.advisor ?? 'the Spot Advisor says nothing of it';
  const { instanceHours: runningHours, waitingHours, interruptions } = own;
  if (runningHours + waitingHours + interruptions === 0) return `not seen here; ${advisor}`;
  const range = own.takenBackPercentPerMonth;
  const interval = range ? ` (95 %: ${range[0].toFixed(0)} to ${range[1].toFixed(0)} % a month)` : '';
  const waited =
    waitingHours > 0 ? `; there was a machine in ${(own.availablePercent ?? 0).toFixed(0)} % of the wanted time` : '';
  return `${seenText({ runningHours, waitingHours, interruptions })}${interval}${waited}; ${advisor}`;
}

/** What a plan that is worth a move rests on. */
function planTexts(plan: FamilyPlanRow, best: NonNullable<FamilyPlanRow['best']>): string[] {
  const { next, ties, timeZone, savingPercent, savingIntervalPercent, sensitivity, hourSpreadPercent } = plan;
  const [low, high] = savingIntervalPercent ?? [Number.NaN, Number.NaN];
  const money = formatUsdPerMonth(plan.savingUsdPerMonth);
  const rates = sensitivity.map(({ multiple, savingPercent: saving }) => `${multiple}×: ${percent(saving)}`);
  return [
    `best      ${cellText(best, timeZone)}`,
    ...(ties.length > 0 ? [`ties      ${ties.map(({ type, zone }) => `${type} in ${zone}`).join('; ')}`] : []),
    ...next.slice(0, NEXT_TOLD).map((cell) => `next      ${cellText(cell, timeZone)}`),
    `saving    ${percent(savingPercent ?? 0)} (95 %: ${percent(low)} to ${percent(high)}), ${money}`,
    `hour      ${plan.hourMatters ? 'matters' : 'does not matter'} (spread ${percent(hourSpreadPercent ?? 0)})`,
    `rates     saved if interruptions were ${rates.join(', ')}`,
  ];
}

/** Where nothing is to be done, what it costs, what capacity there is and why are enough. */
function detail(plan: FamilyPlanRow, columns: number): string[] {
  const { best, advice, why } = plan;
  const texts = [
    `today     ${todayText(plan)}`,
    ...(best && advice === 'move' ? planTexts(plan, best) : []),
    ...(best ? [`capacity  ${capacityText(plan)}`] : []),
    `why       ${why}`,
  ];
  return texts.flatMap((text) => {
    const [label = '', ...rest] = text.split(/ {2,}/);
    const lines = wrap(rest.join(' '), columns - INDENT.length - 10);
    return lines.map((line, i) => `${INDENT}${(i === 0 ? label : '').padEnd(10)}${line}`);
  });
}

const ADVICE = { move: 'move', stay: 'stay', unknown: 'no advice' } as const;

/** What to do comes first. */
function head({ family, runs, runHours, nodes, advice, savingPercent, savingUsdPerMonth }: FamilyPlanRow): string {
  const size =
    runHours === null || nodes === null
      ? ''
      : ` of ${runHours.toFixed(runHours < 10 ? 2 : 0)} h on ${nodes.toFixed(1)} nodes`;
  const saved =
    advice === 'move' ? `, saves ${percent(savingPercent ?? 0)} (${formatUsdPerMonth(savingUsdPerMonth)})` : '';
  const name = shown(`${family.namespace ?? ''}/${family.name}`);
  return `${family.kind} ${name}: ${ADVICE[advice]}${saved}; ${runs} ${runs === 1 ? 'run' : 'runs'}${size}`;
}

/** Plans of Spark families: those that save most in full. Executors only: the driver stays on on-demand. */
export function familyLines(plans: readonly FamilyPlanRow[], columns: number): string[] {
  const sorted = plans.toSorted((a, b) => (b.savingUsdPerMonth ?? -1) - (a.savingUsdPerMonth ?? -1));
  return [
    'Plans of Spark families (executors on spot, the driver on on-demand; interruptions priced in)',
    ...sorted.slice(0, DETAILED).flatMap((plan) => [head(plan), ...detail(plan, columns)]),
    ...sorted.slice(DETAILED).map((plan) => `${head(plan)}; ${plan.why}`),
    ...(sorted.some(({ patches }) => patches.length > 0) ? ['Patches: --json, plans[].patches.'] : []),
  ].flatMap((line) => (line.startsWith(INDENT) ? [line] : wrap(line, columns)));
}
