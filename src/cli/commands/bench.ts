import { Command } from 'commander';
import type { BaselineOptions } from '../bench-baseline.js';
import type { CompareCommandOptions, GateOptions } from '../bench-compare.js';
import type { HistoryOptions, PlanOptions } from '../bench-history.js';
import type { ImportOptions } from '../bench-import.js';
import type { AaOptions, AbOptions, RunOptions } from '../bench-run.js';
import type { ValidateOptions } from '../bench-validate.js';
import { configOf, withStoreOptions, withWindowOptions } from '../options.js';
import type { CommandContext } from '../program.js';

const SUITE = 'suite file, or a bundled suite: pairs, tpch, lakehouse';
const SESSION = "a session file, or the name of a baseline (with --suite or in the other's suite)";

function withRunOptions(command: Command): Command {
  return withStoreOptions(command)
    .option('--runs <n>', 'measured runs per variant (default: the suite says, else 10)')
    .option('--warmup <n>', 'runs per variant before, not compared (default: the suite says, else 1)')
    .option('--order <order>', 'abba or random: how the variants are interleaved')
    .option('--seed <n>', 'seed of a random order')
    .option('--adaptive', 'stop once every metric is decided; the error rate is kept')
    .option('--workload <names...>', 'only these workloads of the suite')
    .option('--parameter <name=value...>', 'parameters of the suite')
    .option('--label <name>', 'name of this session in comparisons')
    .option('--output <file>', 'session file (default: reports/bench/<suite>-<time>.json)')
    .option('--resume <file>', 'go on with a session that was stopped')
    .option('--apply', 'allow SparkApplications to be created and deleted in the cluster')
    .option('--json', 'print the comparison as JSON')
    .option('--html <file>', 'also write the comparison with its charts as one HTML file')
    .option('--markdown <file>', 'also write it as Markdown');
}

function withVerdictOptions(command: Command): Command {
  return withStoreOptions(command)
    .option('--suite <name>', 'suite whose baseline is meant')
    .option('--metric <names...>', 'metrics that are judged (default: those of the suite, else time and cost)')
    .option('--alpha <p>', 'chance of a false verdict where nothing changed (default: 0.05)')
    .option('--noise <percent>', 'changes within this are noise (default: 1 %)')
    .option('--equivalence <percent>', 'an interval within this shows that nothing changed (default: 3 %)')
    .option('--json', 'print the comparison as JSON')
    .option('--html <file>', 'also write it with its charts as one HTML file')
    .option('--markdown <file>', 'also write it as Markdown');
}

function runCommands({ io, exitWith }: CommandContext): Command[] {
  const run = withRunOptions(new Command('run'))
    .description('Run a suite: variants interleaved, every run recorded, a verdict at the end.')
    .argument('[suite]', SUITE)
    .addHelpText('after', '\nExample:\n  $ sparkfit bench run benchmarks/nightly.yaml --runs 10 --label candidate')
    .action(async (suite: string | undefined, options: RunOptions) => {
      const { benchRun } = await import('../bench-run.js');
      exitWith(await benchRun(await configOf(options, io), suite, options, io));
    });
  const ab = withRunOptions(new Command('ab'))
    .description('Run the first variant of each workload with two sets of settings against each other.')
    .argument('<suite>', SUITE)
    .option('--a <key=value...>', 'Spark settings of a (default: those of the first variant)')
    .option('--b <key=value...>', 'Spark settings of b')
    .addHelpText('after', '\nExample:\n  $ sparkfit bench ab suite.yaml --b spark.sql.adaptive.enabled=false')
    .action(async (suite: string, options: AbOptions) => {
      const { benchAb } = await import('../bench-run.js');
      exitWith(await benchAb(await configOf(options, io), suite, options, io));
    });
  const aa = withRunOptions(new Command('aa'))
    .description(
      'Run a variant against itself: how much noise there is, and what it hides. 1 if chance looks like change.',
    )
    .argument('<suite>', SUITE)
    .addHelpText('after', '\nExample:\n  $ sparkfit bench aa suite.yaml --runs 10')
    .action(async (suite: string, options: AaOptions) => {
      const { benchAa } = await import('../bench-run.js');
      exitWith(await benchAa(await configOf(options, io), suite, options, io));
    });
  return [run, ab, aa];
}

function verdictCommands({ io, exitWith }: CommandContext): Command[] {
  const compare = withVerdictOptions(new Command('compare'))
    .description('Compare two sessions, or the variants of one.')
    .argument('<a>', SESSION)
    .argument('[b]', SESSION)
    .addHelpText('after', '\nExample:\n  $ sparkfit bench compare before.json after.json')
    .action(async (a: string, b: string | undefined, options: CompareCommandOptions) => {
      const { benchCompare } = await import('../bench-compare.js');
      exitWith(benchCompare(await configOf(options, io), [a, b], options, io));
    });
  const gate = withVerdictOptions(new Command('gate'))
    .description('Let a change pass or not: 0 passes, 1 regression or wrong result, 2 usage, 3 incomplete.')
    .argument('<candidate>', 'session file of the change')
    .option('--baseline <name|file>', 'what it is held against', 'main')
    .option('--limit <limits...>', "what is allowed: 'time +5 %', 'cost +3 %', 'time < 90 s' (default: no regression)")
    .option('--junit <file>', 'also write JUnit XML')
    .addHelpText(
      'after',
      "\nExample:\n  $ sparkfit bench gate candidate.json --baseline main --limit 'cost +3 %' --junit gate.xml",
    )
    .action(async (candidate: string, options: GateOptions) => {
      const { benchGate } = await import('../bench-compare.js');
      exitWith(benchGate(await configOf(options, io), candidate, options, io));
    });
  return [compare, gate];
}

function recordCommands({ io, exitWith }: CommandContext): Command[] {
  const history = withStoreOptions(new Command('history'))
    .description('Medians of all sessions of a suite over time, and where their level changed.')
    .argument('<suite>', 'name of the suite')
    .option('--workload <name>', 'only this workload')
    .option('--metric <names...>', 'metrics (default: time and cost)')
    .option('--branch <name>', 'only sessions of this git branch')
    .option('--json', 'print the series as JSON')
    .option('--html <file>', 'also write charts as one HTML file')
    .addHelpText('after', '\nExample:\n  $ sparkfit bench history nightly --metric time')
    .action(async (suite: string, options: HistoryOptions) => {
      const { benchHistory } = await import('../bench-history.js');
      exitWith(benchHistory(await configOf(options, io), suite, options, io));
    });
  const plan = new Command('plan')
    .description('How many runs find an effect, or what effect so many runs find.')
    .option('--cv <percent>', 'noise: standard deviation in per cent of the mean')
    .option('--session <file>', 'take the noise from a session instead')
    .option('--effect <percent>', 'change that is to be found')
    .option('--runs <n>', 'runs a side that can be had')
    .option('--power <p>', 'chance to find it (default: 0.8)')
    .option('--alpha <p>', 'chance of a false verdict (default: 0.05)')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit bench plan --cv 4% --effect 5%')
    .action(async (options: PlanOptions) => {
      const { benchPlan } = await import('../bench-history.js');
      exitWith(benchPlan(options, io));
    });
  const importing = withStoreOptions(new Command('import'))
    .description('Make a session of what was measured elsewhere: Spark event logs, hyperfine JSON, or CSV.')
    .argument(
      '<sources...>',
      'variant=path, or a path: a log or folder of logs, hyperfine JSON, CSV with variant,metric,value',
    )
    .option('--suite <name>', 'name of the suite', 'imported')
    .option('--workload <name>', 'name of the workload', 'workload')
    .option('--label <name>', 'name of the session in comparisons')
    .option('--output <file>', 'session file (default: reports/bench/<suite>-<time>.json)')
    .option('--json', 'print the session as JSON')
    .addHelpText('after', '\nExample:\n  $ sparkfit bench import before=logs/monday after=logs/tuesday --suite nightly')
    .action(async (sources: string[], options: ImportOptions) => {
      const { benchImport } = await import('../bench-import.js');
      exitWith(await benchImport(await configOf(options, io), sources, options, io));
    });
  return [history, plan, importing];
}

function baselineCommand({ io, exitWith }: CommandContext): Command {
  const baseline = new Command('baseline').description(
    'Named sessions that others are held against, as reviewable JSON and in the store.',
  );
  const withFolder = (command: Command) =>
    withStoreOptions(command)
      .option('--folder <folder>', 'where the JSON files are (default: benchmarks/baselines)')
      .option('--json', 'print as JSON');
  const add = (command: Command, work: (words: string[], options: BaselineOptions) => Promise<void>) =>
    baseline.addCommand(
      command.action(async (...words: unknown[]) => {
        const options = command.opts<BaselineOptions>();
        await work(
          words.filter((word): word is string => typeof word === 'string'),
          options,
        );
      }),
    );
  add(
    withFolder(
      new Command('set')
        .description('Keep a session under a name.')
        .argument('<name>')
        .argument('<session>', 'session file'),
    ),
    async ([name = '', session = ''], options) => {
      const { baselineSet } = await import('../bench-baseline.js');
      exitWith(baselineSet(await configOf(options, io), name, session, options, io));
    },
  );
  add(
    withFolder(
      new Command('show')
        .description('What a baseline measured.')
        .argument('<name>')
        .argument('<suite>', 'name of the suite'),
    ),
    async ([name = '', suite = ''], options) => {
      const { baselineShow } = await import('../bench-baseline.js');
      exitWith(baselineShow(await configOf(options, io), name, suite, options, io));
    },
  );
  add(withFolder(new Command('list').description('All baselines.')), async (_words, options) => {
    const { baselineList } = await import('../bench-baseline.js');
    exitWith(baselineList(await configOf(options, io), options, io));
  });
  return baseline;
}

function validateCommand({ io, exitWith }: CommandContext): Command {
  return withWindowOptions(withRunOptions(new Command('validate')), '14d')
    .description("Run a finding's patch against the present state and book the verdict on the finding.")
    .argument('<fingerprint>', 'of a finding in the report')
    .option('--report <file>', 'JSON report that has the finding (default: analyzed from the store)')
    .option('--suite <suite>', 'how the workload is run: its first variant is the present state')
    .addHelpText('after', '\nExample:\n  $ sparkfit bench validate 0123456789abcdef --suite nightly.yaml')
    .action(async (fingerprint: string, options: ValidateOptions) => {
      const { benchValidate } = await import('../bench-validate.js');
      exitWith(await benchValidate(await configOf(options, io), fingerprint, options, io));
    });
}

function installCommand({ io, exitWith }: CommandContext): Command {
  return new Command('install')
    .description('Install what the bundled suites need (PySpark, tpchgen-cli) into a virtual environment.')
    .option('--into <folder>', 'virtual environment (default: ~/.cache/sparkfit/bench)')
    .addHelpText('after', '\nExample:\n  $ sparkfit bench install && sparkfit bench run pairs')
    .action(async (options: { into?: string }) => {
      const { benchInstall } = await import('../bench-install.js');
      exitWith(await benchInstall(options, io));
    });
}

export function benchCommand(context: CommandContext): Command {
  const command = new Command('bench').description(
    'Prove a change: run workloads against each other or a baseline, with a verdict that keeps its error rate.',
  );
  const inner = [
    ...runCommands(context),
    ...verdictCommands(context),
    ...recordCommands(context),
    baselineCommand(context),
    validateCommand(context),
    installCommand(context),
  ];
  for (const each of inner) command.addCommand(each);
  return command.addHelpText('after', '\nExample:\n  $ sparkfit bench run benchmarks/nightly.yaml --label candidate');
}
