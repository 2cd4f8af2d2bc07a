import { z } from 'zod';
import { parseDurationMs, SECOND_MS } from '../model/window.js';
import { METRIC_NAMES } from './metrics.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const LONGEST_NAME = 63;

const Name = z
  .string()
  .max(LONGEST_NAME)
  .regex(NAME, { error: 'expected letters, digits, dots, dashes or underscores, beginning with a letter or digit' });

function lengthMs(text: string): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text.trim());
  return seconds ? Number(seconds[1]) * SECOND_MS : parseDurationMs(text);
}

/** `90s`, `10m`, `2h`: milliseconds. */
const Duration = z
  .string()
  .refine((text) => (lengthMs(text) ?? 0) > 0, { error: 'expected a length such as 90s, 10m or 2h' })
  .transform((text) => lengthMs(text) ?? 0);

/** Setting values as Spark takes them: text, also where YAML reads a number or a truth value. */
const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Settings = z.record(z.string().min(1), Text);

/** A command: words that are run as they are, or one line for the shell. */
const CommandLine = z.union([z.string().min(1), z.array(Text).min(1)], {
  error: 'expected a line for the shell or a list of words',
});

const ResultCheck = z.strictObject({
  from: z
    .enum(['file', 'stdout'])
    .default('file')
    .describe('Where the rows are: the file that $SPARKFIT_RESULT names, or what the command prints.'),
  tolerance: z
    .number()
    .min(0)
    .max(0.1)
    .default(1e-9)
    .describe('Relative difference up to which sums of floating-point columns are the same.'),
});

const Machine = z
  .strictObject({
    instanceType: z.string().optional().describe('Priced on demand from the price book of the store.'),
    region: z.string().default('us-east-1'),
    usdPerHour: z.number().positive().optional().describe('A price of your own instead.'),
  })
  .refine(({ instanceType, usdPerHour }) => instanceType !== undefined || usdPerHour !== undefined, {
    error: 'expected instanceType or usdPerHour',
  });

const Variant = z.strictObject({
  name: Name,
  conf: Settings.default({}).describe('Spark settings, as in spark-defaults.conf.'),
  arguments: z.array(Text).default([]).describe('Appended to the command, or to the arguments of the application.'),
  environment: Settings.default({}),
  command: CommandLine.optional().describe('Instead of the command of the workload.'),
  image: z.string().optional().describe('Image of a SparkApplication.'),
  nodeSelector: Settings.optional().describe('Of driver and executors of a SparkApplication.'),
  patch: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Laid over the manifest of a SparkApplication (JSON merge patch).'),
  eventLogs: z.string().optional().describe('Recorded runs of this variant instead of running anything.'),
});

const Workload = z.strictObject({
  name: Name,
  description: z.string().default(''),
  command: CommandLine.optional(),
  sparkApplication: z.string().optional().describe('Manifest that is created, watched and deleted under --apply.'),
  spark: z
    .boolean()
    .default(false)
    .describe('Whether each run must leave an event log; its settings reach Spark through SPARK_CONF_DIR.'),
  conf: Settings.default({}),
  environment: Settings.default({}),
  timeout: Duration.optional(),
  setup: CommandLine.optional().describe('Once, before the first run of this workload.'),
  prepare: CommandLine.optional().describe('Before each run.'),
  cleanup: CommandLine.optional().describe('Once, after the last run.'),
  result: ResultCheck.optional(),
  input: z.array(z.string()).default([]).describe('Files and folders whose size and checksum are in the fingerprint.'),
  variants: z
    .array(Variant)
    .min(1)
    .default([{ name: 'base', conf: {}, arguments: [], environment: {} }]),
});

/** A file in `benchmarks/`. The first variant is what the others are compared with. */
export const Suite = z
  .strictObject({
    suite: Name,
    description: z.string().default(''),
    needs: z.array(z.enum(['python', 'java', 'pyspark', 'tpchgen'])).default([]),
    parameters: Settings.default({}).describe('Reach commands as environment variables, in capitals.'),
    runs: z.int().min(1).max(1000).default(10).describe('Measured runs per variant.'),
    warmup: z.int().min(0).max(100).default(1).describe('Runs per variant before, recorded and not compared.'),
    order: z.enum(['abba', 'random']).default('abba'),
    seed: z.int().min(0).default(1),
    adaptive: z.boolean().default(false).describe('Stop once every metric is decided.'),
    timeout: Duration.default(600 * SECOND_MS),
    setup: CommandLine.optional(),
    cleanup: CommandLine.optional(),
    machine: Machine.optional(),
    metrics: z.array(z.enum(METRIC_NAMES)).min(1).optional().describe('What is compared; default: time and cost.'),
    workloads: z.array(Workload).min(1),
  })
  .superRefine(({ workloads }, context) => {
    const seen = new Set<string>();
    workloads.forEach((workload, place) => {
      const at = ['workloads', place];
      if (seen.has(workload.name))
        context.addIssue({ code: 'custom', path: [...at, 'name'], message: `'${workload.name}' is there twice` });
      seen.add(workload.name);
      const names = workload.variants.map(({ name }) => name);
      if (new Set(names).size < names.length)
        context.addIssue({ code: 'custom', path: [...at, 'variants'], message: 'two variants have the same name' });
      const recorded = workload.variants.every(({ eventLogs }) => eventLogs !== undefined);
      const commanded = workload.variants.every(({ command }) => command !== undefined);
      const kinds = [workload.command ?? (commanded || undefined), workload.sparkApplication, recorded || undefined];
      if (kinds.filter((kind) => kind !== undefined).length !== 1)
        context.addIssue({
          code: 'custom',
          path: at,
          message: 'expected one of command, sparkApplication, or eventLogs in each variant',
        });
    });
  });

export type Suite = z.infer<typeof Suite>;
export type Workload = Suite['workloads'][number];
export type Variant = Workload['variants'][number];
export type CommandLine = z.infer<typeof CommandLine>;
