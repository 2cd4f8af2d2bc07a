import { z } from 'zod';
import { SEVERITIES, STATES } from './finding.js';
import { LIFE_EVENTS, LIFE_STATES } from './lifecycle.js';
import { SOURCES } from './sources.js';
import { FamilyPlanRow } from './spot-plan.js';
import { OVERALL_VERDICTS, VERDICTS } from './verdict.js';

/** The published shape of `analyze --json` and `app --json`: docs/report.schema.json is made from it. */
const IsoTime = z.iso.datetime().describe('UTC');
const IsoWindow = z.object({ since: IsoTime, until: IsoTime }).describe('half-open: [since, until)');
const Unknown = 'null: not known';

export const ReportSubject = z.object({
  kind: z.string(),
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string(),
  container: z.string().optional(),
  role: z.enum(['driver', 'executor']).optional(),
  runId: z.string().optional(),
  stageId: z.number().optional(),
  nodeGroup: z.string().optional().describe('of a Node: the nodes bought alike that it stands for'),
});

/** Where a finding is in its life. */
export const Lifecycle = z.object({
  state: z.enum(LIFE_STATES),
  firstSeen: IsoTime,
  lastSeen: IsoTime,
  openedAt: IsoTime.nullable(),
  timesOpened: z.number(),
  muted: z
    .object({
      kind: z.enum(['suppressed', 'accepted']),
      until: IsoTime.nullable(),
      by: z.string(),
      why: z.string(),
    })
    .nullable(),
});

/** Something that happened to a finding since the night that a report compares itself with. */
export const ChangeRow = z.object({
  kind: z.enum(LIFE_EVENTS),
  fingerprint: z.string(),
  rule: z.string(),
  subject: ReportSubject,
  severity: z.enum(SEVERITIES),
  title: z.string(),
  usdPerMonthBefore: z.number().nullable(),
  usdPerMonth: z.number().nullable(),
  why: z.string(),
});

export const ReportFinding = z.object({
  rule: z.string().describe('family/name'),
  state: z.enum(STATES),
  severity: z.enum(SEVERITIES),
  fingerprint: z.string().describe('stable over nights: of rule and subject'),
  subject: ReportSubject,
  title: z.string(),
  evidence: z.array(
    z.object({
      metric: z.string(),
      value: z.union([z.number(), z.string(), z.null()]),
      unit: z.string(),
      window: IsoWindow,
      samples: z.number(),
    }),
  ),
  impact: z.object({
    usdPerMonth: z.number().nullable().describe(`saving, after what findings before it already save; ${Unknown}`),
    freedCpuCores: z.number().nullable(),
    freedMemoryBytes: z.number().nullable(),
    secondsPerRun: z.number().nullable(),
  }),
  confidence: z.object({ value: z.number().min(0).max(1), why: z.string() }),
  recommendation: z
    .object({
      summary: z.string(),
      risk: z.string().optional(),
      sizes: z
        .array(
          z.object({
            container: z.string(),
            role: z.enum(['driver', 'executor']).nullable(),
            cpuCores: z.number().optional(),
            memoryBytes: z.number().optional(),
            keepMemoryLimit: z.boolean().optional(),
          }),
        )
        .optional()
        .describe('requests per container or Spark role, where it changes sizes'),
      patches: z.array(z.object({ format: z.string(), target: z.string(), content: z.string() })),
      backtest: z
        .object({
          passed: z.boolean(),
          summary: z.string(),
          window: IsoWindow,
          samples: z.number(),
          figures: z.record(z.string(), z.number()),
          series: z
            .object({
              metric: z.string(),
              unit: z.string(),
              chosen: z.number().describe('what was chosen before the exam'),
              current: z.number().nullable(),
              points: z
                .array(z.tuple([z.number(), z.number(), z.number()]))
                .describe('[since, until) in epoch ms and the highest value in it'),
            })
            .optional()
            .describe('use over the history that chose and examined; the exam is `window`'),
        })
        .nullable(),
    })
    .nullable(),
  links: z.record(z.string(), z.string()),
  lifecycle: Lifecycle.nullable()
    .optional()
    .describe('over the nights of `sparkfit nightly`; null where no night was kept'),
});

/** One line of spend: what a namespace, workload or node cost in the window and what of it was not used. */
export const SpendRow = z.object({
  key: z.string(),
  usd: z.number().nullable().describe(`in the window; ${Unknown}`),
  usdPerMonth: z.number().nullable(),
  wastedUsd: z.number().nullable().describe('requested and not used, in the window'),
  cpuCoreHours: z.number().describe('charged: max(request, usage)'),
  memoryGibHours: z.number(),
  cpuRequestCores: z.number().nullable().describe('mean over the time it ran'),
  cpuUsageCores: z.number().nullable(),
  memoryRequestBytes: z.number().nullable(),
  memoryUsageBytes: z.number().nullable(),
});

/** One stage attempt on the clock of its run. */
export const SparkStageRow = z.object({
  stageId: z.number(),
  attempt: z.number(),
  name: z.string(),
  startSeconds: z.number().describe("of the first task's launch, after the start of the run"),
  seconds: z.number().describe("first task's launch to the end of the stage"),
  tasks: z.number(),
  critical: z.boolean().describe('on the critical path: the run could not end before it'),
});

/** The run on other numbers of executors. */
export const SparkWhatIf = z.object({
  errorShare: z.number().describe('|real - predicted| / real at the own shape'),
  leastSeconds: z.number().describe('no number of executors gets below it'),
  threads: z.boolean().optional().describe('executors are threads of a local master'),
  shapes: z
    .array(
      z.object({
        executors: z.number(),
        cores: z.number().optional().describe('of each executor'),
        memoryBytes: z.number().optional().describe('of each executor with its overhead: as much for a task as it had'),
        slots: z.number().optional().describe('task slots of all executors'),
        seconds: z.number(),
        executorSeconds: z.number().describe('executors x the time they are held'),
        coreSeconds: z
          .number()
          .optional()
          .describe('cores of all executors x the time they are held: what is paid for'),
        own: z.boolean(),
        pareto: z.boolean().describe('no other shape is both faster and of fewer coreSeconds'),
        knee: z.boolean(),
        usdOnDemand: z.number().nullable().optional().describe(`of driver and executors, all on demand; ${Unknown}`),
        usdSpot: z.number().nullable().optional().describe(`executors on spot, the driver on demand; ${Unknown}`),
      }),
    )
    .describe('none where errorShare is so great that they would be no guide'),
});

/** GPUs that a run's executors held. */
export const SparkGpus = z.object({
  gpuHours: z.number(),
  usd: z.number().nullable().describe(`their part of what the executors cost; ${Unknown}`),
  meanPercent: z.number().nullable().describe(`utilisation by the DCGM exporter; ${Unknown}`),
  samples: z.number().describe('behind meanPercent'),
  profiles: z.array(
    z.object({
      id: z.number().describe("of Spark's resource profile; 0 is the default one"),
      executor: z.record(z.string(), z.number()).describe('what it asks for an executor (memory in MiB)'),
      task: z.record(z.string(), z.number()).describe('what it asks for a task'),
      executors: z.number(),
      gpus: z.number().describe('of each executor'),
      gpuHours: z.number(),
    }),
  ),
});

/** Where one Spark run's time went; the parts add up to the wall time. */
export const SparkRunRow = z.object({
  appId: z.string(),
  name: z.string(),
  family: z.string(),
  startedAt: IsoTime.nullable(),
  wallSeconds: z.number(),
  parts: z.array(z.object({ part: z.string(), seconds: z.number() })),
  usd: z
    .number()
    .nullable()
    .optional()
    .describe(`of driver and executors, from their pods' requests and nodes' prices; ${Unknown}`),
  cost: z
    .object({
      driverUsd: z.number(),
      idleUsd: z.number().describe('executor time that no task used'),
      stages: z.array(z.object({ stageId: z.number(), attempt: z.number(), usd: z.number() })),
    })
    .nullable()
    .optional()
    .describe('driverUsd + idleUsd + stages = usd'),
  stages: z.array(SparkStageRow).optional().describe('the longest and those on the critical path, in order of time'),
  whatIf: SparkWhatIf.nullable().optional(),
  gpus: SparkGpus.optional().describe('of runs whose executors held GPUs'),
});

/** How well a namespace or an application family spends: score = 100 x wellSpentShare - riskDeduction, at least 0. */
export const FitnessRow = z.object({
  scope: z.enum(['namespace', 'family']),
  key: z.string(),
  usdPerMonth: z.number().nullable(),
  recoverableUsdPerMonth: z.number().nullable().describe('what its findings would save'),
  wellSpentShare: z.number().min(0).max(1).nullable(),
  riskDeduction: z.number().min(0).describe('points'),
  risks: z.array(z.string()).describe('rules whose findings are deducted'),
  score: z.number().min(0).max(100).nullable().describe('null: insufficient data'),
  grade: z.enum(['A', 'B', 'C', 'D', 'F']).nullable(),
});

export const SpotRow = z.object({
  instanceType: z.string(),
  product: z.string(),
  zone: z.string(),
  meanUsdPerHour: z.number(),
  p95UsdPerHour: z.number(),
  onDemandUsdPerHour: z.number().nullable(),
  coverage: z.number(),
  /** Daily means for a chart: [epoch ms of the day, USD/hour]. */
  daily: z.array(z.tuple([z.number(), z.number()])),
  hourly: z
    .object({ timeZone: z.string(), meanUsdPerHour: z.array(z.number().nullable()) })
    .optional()
    .describe('time-weighted mean per hour of the day, for a heat map'),
});

/** Which nodes could go. Capacity that sizes free saves no money by itself: a node does when it goes. */
export const NodePlan = z.object({
  nodes: z.number().describe('nodes now'),
  removable: z.array(
    z.object({
      name: z.string(),
      group: z.string().describe('instance type/capacity type/zone'),
      usdPerMonth: z.number().nullable().describe(Unknown),
      moves: z.array(z.object({ pod: z.string(), to: z.string() })).describe('its pods and the nodes that take them'),
      needsSizes: z.boolean().describe('true: only once the sizes of the findings are applied'),
    }),
  ),
  staying: z.array(z.object({ name: z.string(), why: z.string() })),
  usdPerMonth: z.number().nullable().describe(`what the removable nodes cost, not on top of the savings; ${Unknown}`),
  freedCpuCores: z.number().describe('requests that the sizes of the findings free, net of those that they raise'),
  freedMemoryBytes: z.number(),
});

/** One metric of one workload, two variants or two sessions beside each other. */
const BenchmarkMetric = z.object({
  workload: z.string(),
  variants: z.tuple([z.string(), z.string()]).describe('a, what is compared with, and b'),
  name: z.string(),
  unit: z.string(),
  n: z.tuple([z.number(), z.number()]).describe('sound runs of a and b'),
  medianA: z.number(),
  medianB: z.number(),
  shiftPercent: z.number().nullable().describe('Hodges-Lehmann shift of b, in per cent of a; null where a is zero'),
  ciPercent: z.tuple([z.number(), z.number()]).nullable().describe('null: too few runs for an interval'),
  ciLevel: z.number().nullable().describe('confidence of the interval, 0 to 1'),
  verdict: z.enum(VERDICTS),
});

/** The newest session of a benchmark suite. */
export const BenchmarkRow = z.object({
  suite: z.string(),
  session: z.string().describe('id of the session'),
  at: IsoTime.describe('when the session began'),
  a: z.string().nullable().describe('session that is compared with; null: there is none yet'),
  b: z.string().describe('label or id of the session; equal to a where its variants are compared'),
  verdict: z.enum(OVERALL_VERDICTS).nullable().describe('null: there is nothing to compare with'),
  metrics: z.array(BenchmarkMetric),
  notes: z.array(z.string()).describe('what is missing or makes it less worth'),
  validates: z
    .object({ fingerprint: z.string(), rule: z.string(), subject: z.string() })
    .nullable()
    .describe('the finding whose patch it tried'),
});

/** An operator's resource that describes a Spark family. */
export const SparkResource = z.object({
  apiVersion: z.string(),
  kind: z.enum(['SparkApplication', 'ScheduledSparkApplication']),
  namespace: z.string(),
  name: z.string(),
});

export const Report = z.object({
  schema: z.literal('sparkfit.report/1'),
  generatedAt: IsoTime,
  tool: z.object({ name: z.literal('sparkfit'), version: z.string() }),
  cluster: z.string(),
  window: z.object({ since: IsoTime, until: IsoTime, timeZone: z.string() }),
  sources: z.array(
    z.object({
      id: z.enum(SOURCES),
      state: z.enum(['ok', 'partial', 'failed', 'absent']),
      gaps: z.array(z.object({ since: IsoTime, until: IsoTime, why: z.string() })),
      detail: z.string(),
    }),
  ),
  notes: z.array(z.string()).optional().describe('what a reader must know of the window'),
  totals: z.object({
    costUsdPerMonth: z.number().nullable(),
    savingsUsdPerMonth: z.number().nullable(),
    freedCpuCores: z.number(),
    freedMemoryBytes: z.number(),
    priceCoverage: z.number().min(0).max(1).describe('share of node, instance and volume hours whose price is known'),
    priceSources: z.array(z.string()).optional().describe('where the prices of nodes, instances and volumes come from'),
    hoursCovered: z.number().describe('hours of the window with data; a month is 730 h'),
    findings: z.number(),
  }),
  changes: z
    .object({
      since: IsoTime.describe('the night that is compared with'),
      costUsdPerMonthBefore: z.number().nullable(),
      savingsUsdPerMonthBefore: z.number().nullable(),
      rows: z.array(ChangeRow),
      unknown: z
        .array(z.object({ fingerprint: z.string(), why: z.string() }))
        .describe('open findings of which this report says nothing, because data is missing'),
    })
    .nullable()
    .optional()
    .describe('what is new since the last night; null where no night was kept'),
  nights: z
    .array(
      z.object({
        at: IsoTime,
        costUsdPerMonth: z.number().nullable(),
        savingsUsdPerMonth: z.number().nullable(),
        findings: z.number(),
      }),
    )
    .optional()
    .describe('the last nights of `sparkfit nightly`, oldest first'),
  findings: z.array(ReportFinding),
  states: z
    .array(
      z.object({
        rule: z.string(),
        title: z.string(),
        finding: z.number(),
        ok: z.number(),
        insufficientData: z.number(),
        notApplicable: z.number(),
      }),
    )
    .describe('how many subjects ended in which state, per rule'),
  spend: z.object({
    byNamespace: z.array(SpendRow),
    byWorkload: z.array(SpendRow),
    idleUsdPerMonth: z.number().nullable(),
    rest: z
      .array(z.object({ name: z.string(), usdPerMonth: z.number() }))
      .optional()
      .describe('what is neither charged to a namespace nor idle: with these the parts add up to the cost'),
  }),
  fitness: z.array(FitnessRow).optional(),
  nodePlan: NodePlan.nullable().optional().describe('null: nodes, pods or their use are not known'),
  sparkRuns: z.array(SparkRunRow),
  sparkResources: z
    .array(SparkResource)
    .optional()
    .describe("the operators' resources that were seen, one per family; absent where the Kubernetes API was not read"),
  spot: z.array(SpotRow),
  spotPlans: z.array(FamilyPlanRow).optional().describe('where and when Spark families are best run on spot'),
  benchmarks: z.array(BenchmarkRow).optional().describe('the newest session in the window of each benchmark suite'),
});

export type SparkResource = z.infer<typeof SparkResource>;
export type Report = z.infer<typeof Report>;
export type ReportFinding = z.infer<typeof ReportFinding>;
export type ChangeRow = z.infer<typeof ChangeRow>;
export type SpendRow = z.infer<typeof SpendRow>;
export type NodePlan = z.infer<typeof NodePlan>;
export type FitnessRow = z.infer<typeof FitnessRow>;
export type SparkStageRow = z.infer<typeof SparkStageRow>;
export type SparkWhatIf = z.infer<typeof SparkWhatIf>;
export type SparkRunRow = z.infer<typeof SparkRunRow>;
export type BenchmarkMetric = z.infer<typeof BenchmarkMetric>;
export type BenchmarkRow = z.infer<typeof BenchmarkRow>;
export type SpotRow = z.infer<typeof SpotRow>;
