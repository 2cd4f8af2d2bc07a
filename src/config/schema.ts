import { IANAZone } from 'luxon';
import { z } from 'zod';
import { SEVERITIES } from '../model/finding.js';
import { parseQuietHours } from '../model/quiet-hours.js';
import { isTime } from '../model/window.js';

/** How a key is set from the environment; `init` prints it beside the key. */
interface KeyMeta {
  env?: string;
}

function key<T extends z.ZodType>(schema: T, description: string, meta: KeyMeta = {}): T {
  return schema.describe(description).meta({ description, ...meta });
}

const TimeZone = z.string().refine((name) => IANAZone.isValidZone(name), {
  error: ({ input }) => `'${input}' is no time zone, expected an IANA name such as Europe/Berlin`,
});
const Url = z.string().refine((text) => text === '' || /^https?:\/\/\S+$/.test(text), {
  error: ({ input }) => `'${input}' is no URL, expected http:// or https://`,
});
const QuietHours = z.string().refine((text) => text === '' || parseQuietHours(text) !== undefined, {
  error: ({ input }) => `'${input}' is no span of hours, expected one such as 22:00-07:00`,
});
const Time = z.string().refine(isTime, {
  error: ({ input }) => `'${input}' is no time, expected a length back from now (36h, 7d) or an ISO 8601 time`,
});

const MATCHER = String.raw`\s*[A-Za-z_]\w*\s*(=|!=|=~|!~)\s*"(?:[^"\\]|\\.)*"\s*`;
const MATCHERS = new RegExp(`^(${MATCHER}(,${MATCHER})*)?$`);
const Matchers = z.string().refine((text) => MATCHERS.test(text), {
  error: ({ input }) => `'${input}' are no label matchers, expected such as cluster="prod"`,
});

const Budget = z.strictObject({
  name: z.string().min(1),
  usdPerMonth: z.number().positive(),
  namespaces: z.array(z.string()).default([]),
  families: z.array(z.string()).default([]),
});
export type Budget = z.infer<typeof Budget>;

const Account = z.strictObject({
  name: z.string().min(1),
  profile: z.string().default(''),
  roleArn: z.string().default(''),
  externalId: z.string().default(''),
  regions: z.array(z.string()).default([]),
});

/**
 * The one source of defaults, validation, environment names and `sparkfit init`'s commented file.
 * Every key has a default, so an empty file is a valid configuration.
 */
export const Config = z.strictObject({
  store: key(z.string().min(1).default('sparkfit.db'), 'SQLite file that holds everything collected.', {
    env: 'SPARKFIT_STORE',
  }),
  cluster: key(z.string().default(''), 'Name of the cluster in reports; empty: the name in the kubeconfig.', {
    env: 'SPARKFIT_CLUSTER',
  }),
  timeZone: key(TimeZone.default('UTC'), 'Time zone (IANA name) for hours of the day in reports.', {
    env: 'SPARKFIT_TIME_ZONE',
  }),
  kubernetes: key(
    z
      .strictObject({
        kubeconfig: key(
          z.string().default(''),
          'Path of the kubeconfig; empty: the usual places, or the service account inside a cluster.',
          { env: 'KUBECONFIG' },
        ),
        context: key(z.string().default(''), 'Context of the kubeconfig; empty: its current one.', {
          env: 'SPARKFIT_KUBE_CONTEXT',
        }),
        namespaces: key(z.array(z.string()).default([]), 'Namespaces to read; empty: all.'),
        pageSize: key(z.int().min(1).max(5000).default(500), 'Objects per list request.'),
        timeoutSeconds: key(z.number().positive().default(60), 'Longest wait for one request.'),
      })
      .prefault({}),
    'The Kubernetes API: pods, nodes, owners, volumes, SparkApplications. Read only.',
  ),
  prometheus: key(
    z
      .strictObject({
        url: key(
          z.string().default(''),
          'Base URL of Prometheus, Thanos, Mimir or VictoriaMetrics; empty: none (inside a cluster: looked for).',
          { env: 'SPARKFIT_PROMETHEUS_URL' },
        ),
        tokenFile: key(z.string().default(''), 'File with a bearer token.', { env: 'SPARKFIT_PROMETHEUS_TOKEN_FILE' }),
        tenant: key(
          z.string().default(''),
          "Tenant of Mimir, Cortex or Thanos (X-Scope-OrgID); empty: the server's own.",
        ),
        selector: key(
          Matchers.default(''),
          'Label matchers of every query where the server holds several clusters, such as cluster="prod"; empty: found by the pods of the Kubernetes API.',
          { env: 'SPARKFIT_PROMETHEUS_SELECTOR' },
        ),
        caFile: key(z.string().default(''), 'File with the CA of the server (PEM); empty: the usual ones.'),
        stepSeconds: key(z.int().min(30).max(3600).default(300), 'Resolution of CPU and memory samples.'),
        lookbackDays: key(z.number().positive().max(400).default(14), 'History read on the first run.'),
        concurrency: key(z.int().min(1).max(16).default(4), 'Queries in flight at once.'),
        timeoutSeconds: key(z.number().positive().default(60), 'Longest wait for one query.'),
      })
      .prefault({}),
    'Prometheus: CPU, memory, network and volume use over time.',
  ),
  aws: key(
    z
      .strictObject({
        region: key(z.string().default(''), 'Region; empty: that of the AWS SDK (AWS_REGION, profile).', {
          env: 'AWS_REGION',
        }),
        profile: key(
          z.string().default(''),
          "Profile of the AWS CLI; empty: that of AWS_PROFILE, or the SDK's own search.",
          {
            env: 'AWS_PROFILE',
          },
        ),
        roleArn: key(z.string().default(''), 'Role to assume; empty: none.', { env: 'SPARKFIT_AWS_ROLE_ARN' }),
        externalId: key(z.string().default(''), 'External id that the role asks for; empty: none.'),
        accounts: key(
          z.array(Account).default([]),
          'Accounts to read in the place of the one above: { name, profile or roleArn (externalId), regions: [..] }.',
        ),
        instanceTypes: key(
          z.array(z.string()).default([]),
          'Instance types whose spot history is read (* allowed); empty: those in use, or all if none is known.',
        ),
        products: key(z.array(z.string()).default(['Linux/UNIX']), 'Products whose prices are read.'),
        spotHistoryDays: key(
          z.number().positive().max(90).default(90),
          'Spot history read on the first run (AWS keeps 90 days).',
        ),
        priceSheets: key(
          z.array(z.string()).default([]),
          'CSV files of prices that you pay: region, instance_type, lifecycle, usd_per_hour, or region, volume_type, usd_per_gib_month.',
        ),
        bill: key(
          z.string().default(''),
          'Folder, file or s3://bucket/prefix of AWS CUR 2.0 / Data Exports (CSV, CSV.gz, Parquet): effective rates.',
          { env: 'SPARKFIT_AWS_BILL' },
        ),
        bundledPrices: key(
          z.boolean().default(true),
          'Use the list prices in the package, marked with their date, for regions whose list was never read.',
        ),
        timeoutSeconds: key(z.number().positive().default(30), 'Longest wait for one request.'),
        keepTag: key(
          z.string().default('sparkfit:keep=true'),
          'Tag (key=value) of instances that are meant to run for long.',
        ),
      })
      .prefault({}),
    'AWS: spot and on-demand prices, instances, volumes. Describe* and GetProducts only; credentials as for the AWS CLI.',
  ),
  spark: key(
    z
      .strictObject({
        logs: key(
          z.string().default(''),
          'Folder of Spark event logs, s3://bucket/prefix, http(s)://history-server:18080, or one log.',
          { env: 'SPARKFIT_SPARK_LOGS' },
        ),
      })
      .prefault({}),
    'Spark event logs: single files and rolling folders, plain, gzip, zstd, lz4, snappy or lzf.',
  ),
  cost: key(
    z
      .strictObject({
        controlPlaneUsdPerHour: key(
          z.number().min(0).nullable().default(null),
          'Fee of the control plane; empty: 0.10 (EKS, standard support) where nodes carry labels of EKS, else 0.',
        ),
        label: key(z.string().min(1).default('app'), 'Label of pods or workloads that cost --by label goes by.'),
        budgets: key(
          z.array(Budget).default([]),
          'Budgets per calendar month: { name, usdPerMonth } with namespaces: [..] or families: [namespace/name], or neither for all.',
        ),
      })
      .prefault({}),
    'What things cost beside the prices of AWS, and what they may cost.',
  ),
  podLogs: key(
    z
      .strictObject({
        folder: key(
          z.string().default(''),
          'Folder of log files named after their pods (<pod>.log, <pod>_<namespace>_<container>-<id>.log); empty: the Kubernetes API.',
          { env: 'SPARKFIT_POD_LOGS' },
        ),
        tailLines: key(z.int().min(10).max(100_000).default(2000), 'Lines read from the end of a log.'),
        podsPerRun: key(
          z.int().min(1).max(1000).default(10),
          'Executors per run whose logs are read: those that ended badly, the first ones.',
        ),
      })
      .prefault({}),
    'Logs of driver and executor pods that ended badly. Read only; secrets are redacted before anything is stored.',
  ),
  analysis: key(
    z
      .strictObject({
        since: key(Time.default('14d'), 'Window of analyze and report when --since is not given.'),
        risk: key(
          z.enum(['safe', 'balanced', 'thrifty']).default('balanced'),
          'How much risk a smaller request may take.',
        ),
        strategy: key(
          z.enum(['own', 'krr', 'vpa']).default('own'),
          "How sizes are chosen: own, or as Robusta KRR's or the VPA recommender's defaults would.",
        ),
      })
      .prefault({}),
    'What is looked at.',
  ),
  report: key(
    z
      .strictObject({
        folder: key(z.string().default('reports'), 'Where report writes its files.'),
        top: key(z.int().min(1).max(1000).default(10), 'Findings in the terminal and Markdown report.'),
        keep: key(
          z.int().min(0).max(3650).default(0),
          'Dated copies kept in the folder below kept/, the newest ones; 0: only the newest report.',
        ),
        to: key(
          z.array(z.string()).default([]),
          'Where the report is sent too: s3://bucket/prefix, webhook (its address is in SPARKFIT_REPORT_WEBHOOK).',
        ),
      })
      .prefault({}),
    'Reports.',
  ),
  findings: key(
    z
      .strictObject({
        openAfter: key(z.int().min(1).max(30).default(2), 'A finding opens when so many nights saw it …'),
        of: key(z.int().min(1).max(30).default(3), '… of so many nights with data, the newest ones.'),
        openAtConfidence: key(
          z.number().min(0).max(1.01).default(0.9),
          'A finding of this confidence opens on its first night; above 1: none does.',
        ),
        resolveAfter: key(
          z.int().min(1).max(30).default(2),
          'It resolves after so many clean nights in a row. A night that lacks its data does not count.',
        ),
        changePercent: key(z.number().min(0).default(20), 'Dollars that moved by so much count as a change, if also …'),
        changeUsd: key(z.number().min(0).default(5), '… by so many USD a month.'),
      })
      .refine(({ openAfter, of }) => openAfter <= of, { error: 'openAfter is greater than of', path: ['openAfter'] })
      .prefault({}),
    'When findings open and resolve over the nights.',
  ),
  alerts: key(
    z
      .strictObject({
        minUsdPerMonth: key(
          z.number().min(0).default(100),
          'An open finding alerts if it costs so much a month, in USD, …',
        ),
        minSeverity: key(z.enum(SEVERITIES).default('critical'), '… or is of this severity or above.'),
        quietHours: key(
          QuietHours.default(''),
          'No alert begins in these hours (22:00-07:00, in timeZone); it waits for the next run after them.',
        ),
        onFailure: key(z.boolean().default(true), 'A night that fails alerts too.'),
        reportUrl: key(Url.default(''), 'Where the HTML report can be opened; alerts link to the finding in it.'),
        dashboardUrl: key(Url.default(''), 'A dashboard that alerts link to.'),
        docsUrl: key(Url.default(''), 'Where docs/ is published; alerts link to the page of the rule.'),
        timeoutSeconds: key(z.number().positive().max(300).default(10), 'Longest wait for one answer.'),
        budgetMinutes: key(
          z.number().positive().max(120).default(5),
          'Longest time that one run spends on delivery; what is left waits for the next run.',
        ),
        pagerduty: key(
          z
            .strictObject({
              url: key(Url.default('https://events.pagerduty.com'), 'Events API v2.', {
                env: 'SPARKFIT_PAGERDUTY_URL',
              }),
              routingKeyFile: key(
                z.string().default(''),
                'File with the routing key, if PAGERDUTY_ROUTING_KEY does not hold it.',
                { env: 'PAGERDUTY_ROUTING_KEY_FILE' },
              ),
            })
            .prefault({}),
          'PagerDuty; used where there is a routing key.',
        ),
        alertmanager: key(
          z
            .strictObject({
              url: key(Url.default(''), 'Base URL of an Alertmanager (API v2).', { env: 'SPARKFIT_ALERTMANAGER_URL' }),
            })
            .prefault({}),
          'Alertmanager; used where there is a URL.',
        ),
        slack: key(
          z
            .strictObject({
              urlFile: key(
                z.string().default(''),
                'File with the incoming webhook URL, which is a secret, if SLACK_WEBHOOK_URL does not hold it.',
              ),
            })
            .prefault({}),
          'Slack; used where there is a webhook.',
        ),
        webhook: key(
          z
            .strictObject({
              url: key(Url.default(''), 'Where events are posted to as JSON.', { env: 'SPARKFIT_WEBHOOK_URL' }),
              secretFile: key(
                z.string().default(''),
                'File with the secret that signs them, if SPARKFIT_WEBHOOK_SECRET does not hold it.',
              ),
            })
            .prefault({}),
          'Any other receiver; used where there is a URL.',
        ),
      })
      .prefault({}),
    'Who is told of open findings. Secrets come from the environment or from files, never from here.',
  ),
  nightly: key(
    z
      .strictObject({
        sourceMinutes: key(z.number().positive().max(1440).default(60), 'Longest time that one source may take.'),
        mergeAfterDays: key(
          z.number().min(7).max(4000).default(35),
          'How long use is kept by the hour; what is older is merged to one row a day.',
        ),
        keepDays: key(
          z.number().min(30).max(4000).default(400),
          'How long use, runs, prices and what happened to findings are kept.',
        ),
        backups: key(z.int().min(0).max(60).default(2), 'Copies of the store beside it, one a night; 0: none.'),
      })
      .prefault({}),
    'What sparkfit nightly does besides collecting, analyzing, reporting and alerting.',
  ),
  serve: key(
    z
      .strictObject({
        host: key(
          z.string().min(1).default('127.0.0.1'),
          'Address that serve listens on; others than this machine need SPARKFIT_SERVE_TOKEN.',
        ),
        port: key(z.int().min(0).max(65_535).default(8377), 'Port that serve listens on.'),
      })
      .prefault({}),
    'Reports and metrics over HTTP.',
  ),
  rules: key(
    z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
    'Parameters per rule, for example idle/workload: { days: 3 }; enabled: false switches a rule off.',
  ),
});

export type Config = z.infer<typeof Config>;
