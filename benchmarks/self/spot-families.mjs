// Families as `sparkfit spot` plans them, played through on a price history: for every instance type, families of
// different run time, width, start hour and place today. The plan is made on the first days and paid on the last.
import { openSpotAdvisor } from '../../dist/spot/advisor.js';
import { planAdvice, planFamily } from '../../dist/spot/family-plan.js';
import { payLater } from '../../dist/spot/plan-backtest.js';
import { relativeWork, sameShape } from '../../dist/spot/shape.js';
import { randomBits } from '../../dist/statistics/random.js';
import { medianOf as median } from '../../dist/statistics/ranks.js';

const SEED = 0x2b7;
const SPOT_FAMILIES = 3;
const AMD_WORK = 0.9;
const REDONE_NODE_HOURS = 0.5;
const DAY = 86_400_000;
const TIME_ZONES = ['UTC', 'America/New_York', 'Asia/Kolkata'];

/** Ways for a type: itself and its like in every zone, as the plan of a family has them. */
function optionsFor(type, series, specs, advisor) {
  const wanted = [type, ...sameShape(type, specs)];
  return wanted.flatMap((name) =>
    (series.get(name) ?? []).map(({ name: zone, steps }) => ({
      type: name,
      zone,
      steps,
      perNodeHour: advisor('us-east-1', name)?.perNodeHour ?? null,
      work: relativeWork(type, name, AMD_WORK),
    })),
  );
}

/** 3 min to 20 h, 1 to 60 nodes, any start hour, in one of the type's zones or on demand. */
function familiesOf(type, zones, onDemandUsd, next) {
  const share = () => next() / 2 ** 32;
  const one = (today) => {
    const hours = Math.exp(Math.log(0.05) + share() * Math.log(20 / 0.05));
    const nodes = Math.ceil(Math.exp(share() * Math.log(60)));
    const startHour = share() < 0.75 ? Math.floor(share() * 24) : null;
    return {
      work: { hours, nodes, nodesAtRisk: nodes, redoneNodeHours: Math.min(REDONE_NODE_HOURS, hours / 2) },
      today: { type, startHour, ...today },
      timeZone: TIME_ZONES[next() % TIME_ZONES.length],
    };
  };
  const spot = Array.from({ length: SPOT_FAMILIES }, () =>
    one({ lifecycle: 'spot', zone: zones[next() % zones.length] }),
  );
  return onDemandUsd > 0 ? [...spot, one({ lifecycle: 'on-demand', usdPerHour: onDemandUsd })] : spot;
}

/** One family: the plan of the first days, what was advised then, and what it came to. */
function play(family, options, { train, test }) {
  const input = { ...family, options, window: train };
  const plan = planFamily(input);
  const paid = plan && payLater(input, plan.best, test);
  if (!paid) return undefined;
  const whole = planFamily({ ...input, window: { sinceMs: train.sinceMs, untilMs: test.untilMs } });
  return {
    lifecycle: family.today.lifecycle,
    advised: planAdvice(plan).advice === 'move',
    paid,
    // What is advised with all the history, and what that plan's own backtest says.
    advisedToday: whole !== undefined && planAdvice(whole).advice === 'move',
    backtestPercent: whole?.backtest?.savedPercent ?? null,
  };
}

function summary(rows) {
  const saved = rows.map(({ paid }) => paid.savedPercent);
  const cheaper = saved.filter((percent) => percent > 0).length;
  const dearer = saved.filter((percent) => percent < -1e-6).length;
  return {
    families: rows.length,
    paidLess: cheaper,
    paidLessPercent: rows.length > 0 ? (cheaper / rows.length) * 100 : null,
    paidMore: dearer,
    medianSavingPercent: rows.length > 0 ? median(saved) : null,
    worstSavingPercent: rows.length > 0 ? Math.min(...saved) : null,
    medianRegretPercent: rows.length > 0 ? median(rows.map(({ paid }) => paid.regretPercent)) : null,
  };
}

/**
 * @param types [{ type, options: [{ name: zone, steps }] }]
 * @param specs instance types as the store has them
 * @param onDemandOf USD per hour of a type on demand; undefined: not known
 */
export function playFamilies(types, specs, onDemandOf, untilMs, { trainDays, testDays }) {
  const testSinceMs = untilMs - testDays * DAY;
  const windows = {
    train: { sinceMs: testSinceMs - trainDays * DAY, untilMs: testSinceMs },
    test: { sinceMs: testSinceMs, untilMs },
  };
  const advisor = openSpotAdvisor();
  const series = new Map(types.map(({ type, options }) => [type, options]));
  const next = randomBits(SEED);
  const rows = [];
  const notPlanned = { families: 0, unknownToAdvisor: [] };
  for (const { type, options } of types) {
    const zones = options.map(({ name }) => name);
    const ways = optionsFor(type, series, specs, advisor);
    for (const family of familiesOf(type, zones, onDemandOf(type), next)) {
      const row = play(family, ways, windows);
      if (row) rows.push({ type, ...row });
      else notPlanned.families++;
    }
    if (!advisor('us-east-1', type)) notPlanned.unknownToAdvisor.push(type);
  }
  const of = (lifecycle) => rows.filter((row) => row.lifecycle === lifecycle);
  const advised = rows.filter((row) => row.advised);
  return {
    types: new Set(rows.map(({ type }) => type)).size,
    notPlanned,
    all: summary(rows),
    onSpot: summary(of('spot')),
    onDemand: summary(of('on-demand')),
    advised: summary(advised),
    advisedOnSpot: summary(advised.filter(({ lifecycle }) => lifecycle === 'spot')),
    /** Must be none: plans that are advised although they lost money in their own backtest. */
    advisedAndLostInBacktest: rows.filter(({ advisedToday, backtestPercent }) => advisedToday && !(backtestPercent > 0))
      .length,
    advisedToday: rows.filter(({ advisedToday }) => advisedToday).length,
    lostInBacktest: rows.filter(({ backtestPercent }) => backtestPercent !== null && backtestPercent <= 0).length,
  };
}
