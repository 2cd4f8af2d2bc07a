import { z } from 'zod';

const IsoWindow = z.object({ since: z.iso.datetime(), until: z.iso.datetime() });
const StartHour = z.number().nullable().describe('null: any hour, it does not matter');

const PlanCell = z.object({
  type: z.string(),
  zone: z.string(),
  startHour: StartHour,
  usdPerHour: z.number().describe('mean price of a node over the run'),
  usdPerRun: z.number().describe('executors, with what interruptions have done again'),
  interruptionsPerRun: z.number(),
  interruptionChance: z.number(),
});

const Percent = z.number().min(0).max(100);

/** Whether there were spot machines, by what ran, waited and was taken back here. */
const Availability = z.object({
  type: z.string(),
  zone: z.string(),
  instanceHours: z.number(),
  waitingHours: z.number().describe('hours that spot requests waited for want of capacity'),
  interruptions: z.number(),
  availablePercent: Percent.nullable().describe('of the time in which a machine was wanted'),
  takenBackPercentPerMonth: z.tuple([Percent, Percent]).nullable().describe('95 % interval of what was seen'),
  advisor: z.string().nullable().describe('bucket of the Spot Advisor and its day'),
  timeZone: z.string().nullable(),
  byHour: z
    .array(z.object({ runningHours: z.number(), waitingHours: z.number(), interruptions: z.number() }))
    .describe('24 hours of the day; empty where nothing was seen'),
});

/** Where and when a Spark family is best run on spot; the shape of `spot --json` plans and of the report's. */
export const FamilyPlanRow = z.object({
  kind: z.literal('family'),
  family: z.object({ kind: z.string(), namespace: z.string().nullable(), name: z.string() }),
  advice: z.enum(['move', 'stay', 'unknown']),
  why: z.string(),
  timeZone: z.string(),
  runs: z.number(),
  runsPerMonth: z.number(),
  runHours: z.number().nullable(),
  nodes: z.number().nullable().describe('nodes that are paid for, as parts of a node'),
  nodesAtRisk: z.number().nullable(),
  redoneNodeHours: z.number().nullable().describe('node-hours done again for each interruption'),
  redoneFrom: z.string(),
  today: z
    .object({
      lifecycle: z.enum(['on-demand', 'spot']),
      type: z.string(),
      zone: z.string().nullable(),
      startHour: StartHour,
      usdPerRun: z.number().nullable(),
    })
    .nullable(),
  best: PlanCell.nullable(),
  ties: z.array(PlanCell),
  next: z.array(PlanCell),
  savingPercent: z.number().nullable(),
  savingIntervalPercent: z.tuple([z.number(), z.number()]).nullable().describe('95 %, from resampled weeks of prices'),
  savingUsdPerMonth: z.number().nullable(),
  hourMatters: z.boolean().nullable(),
  hourSpreadPercent: z.number().nullable(),
  availability: Availability.nullable().describe(
    'of the best way: what was seen of its type in its zone; null: no plan',
  ),
  sensitivity: z.array(z.object({ multiple: z.number(), usdPerRun: z.number(), savingPercent: z.number() })),
  cells: z
    .array(z.object({ type: z.string(), zone: z.string(), usdPerRun: z.array(z.number().nullable()) }))
    .describe('expected cost of a run per type, zone and start hour'),
  backtest: z
    .object({
      trainedOn: IsoWindow,
      paidOn: IsoWindow,
      chosen: PlanCell,
      paidUsdPerRun: z.number(),
      stayedUsdPerRun: z.number(),
      hindsightUsdPerRun: z.number(),
      savedPercent: z.number(),
      regretPercent: z.number(),
    })
    .nullable()
    .describe('price only, no interruptions but the expected'),
  patches: z.array(z.object({ format: z.string(), target: z.string(), content: z.string() })),
});
export type FamilyPlanRow = z.infer<typeof FamilyPlanRow>;
