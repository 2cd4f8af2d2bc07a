/** What makes containers and jobs end, in the words of logs. */
export type CauseKind =
  | 'out of memory'
  | 'disk full'
  | 'image pull'
  | 'configuration or secret missing'
  | 'no permission'
  | 'class or module not found'
  | 'DNS'
  | 'Hive Metastore down'
  | 'commit conflict'
  | 'preempted or evicted'
  | 'connection refused'
  | 'Python exception'
  | 'exception'
  | 'fetch failure'
  | 'exit code';

/**
 * How near to the root such a line is. A root needs no other cause; a fault may be the work of a root (a refused
 * connection of the executor that ran out of memory); an exit code has one that is not said; a consequence (a fetch
 * failure) follows from a loss.
 */
export const ROOT = 0;
export const FAULT = 1;
export const EXIT = 2;
export const CONSEQUENCE = 3;

interface CausePattern {
  kind: CauseKind;
  rank: number;
  pattern: RegExp;
}

/** The first that matches a line. Texts of Spark, the JVM, Python, Kubernetes, the AWS SDK, Hive and Iceberg. */
const PATTERNS: readonly CausePattern[] = [
  {
    kind: 'disk full',
    rank: ROOT,
    pattern:
      /no space left on device|DiskPressure|ephemeral[- ]storage|disk quota exceeded|exit(?:ed with)? (?:code|status):? ?53\b/i,
  },
  {
    kind: 'out of memory',
    rank: ROOT,
    pattern:
      /OOMKilled|OutOfMemory|possible container OOM|GC overhead limit|cannot allocate memory|\bMemoryError\b|exceeding memory limits|exit(?:ed with)? (?:code|status):? ?(?:3|52)\b/i,
  },
  {
    kind: 'preempted or evicted',
    rank: ROOT,
    pattern:
      /preempt|spot (?:instance )?(?:interruption|termination)|\bevicted\b|low on resource|NodeShutdown|node is shutting down|TerminationByKubelet|(?:worker|node) (?:was )?decommissioned|decommissioned by (?:the )?(?:cloud|node)/i,
  },
  {
    kind: 'image pull',
    rank: ROOT,
    pattern: /ErrImagePull|ImagePullBackOff|InvalidImageName|failed to pull image|manifest unknown/i,
  },
  {
    kind: 'Hive Metastore down',
    rank: ROOT,
    pattern:
      /could not connect to meta ?store|unable to instantiate .*(?:SessionHiveMetaStoreClient|HiveMetaStoreClient)|(?:metastore|thrift:\/\/).*(?:refused|timed out|unreachable)/i,
  },
  {
    kind: 'DNS',
    rank: ROOT,
    pattern:
      /UnknownHostException|name or service not known|temporary failure in name resolution|could not resolve host|gaierror|no such host/i,
  },
  {
    kind: 'no permission',
    rank: ROOT,
    pattern:
      /access ?denied|AccessControlException|status code: 40[13]|\b40[13] (?:Forbidden|Unauthorized)|\bForbidden\b|is forbidden: User|not authorized to perform|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|permission denied|PermissionError/i,
  },
  {
    kind: 'configuration or secret missing',
    rank: ROOT,
    pattern:
      /CreateContainerConfigError|(?:configmaps?|secrets?) (?:"[^"]+"|'[^']+'|\S+) not found|references non-existent (?:secret|config)|NoAuthWithAWS|unable to load (?:AWS )?credentials|no AWS credentials|NoSuchElementException: spark\.|(?:required|missing) (?:configuration|property|setting|environment variable)/i,
  },
  {
    kind: 'class or module not found',
    rank: ROOT,
    pattern:
      /ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|UnsupportedClassVersionError|ModuleNotFoundError|no module named|failed to find (?:the )?data source|DATA_SOURCE_NOT_FOUND/i,
  },
  {
    kind: 'commit conflict',
    rank: ROOT,
    pattern:
      /CommitFailedException|CommitStateUnknownException|cannot commit.*(?:stale|changed|concurrent|conflict)|found conflicting files|Concurrent(?:Append|Write|DeleteRead|DeleteDelete|Transaction|Modification)Exception.*(?:table|delta|commit|files)|MetadataChangedException/i,
  },
  {
    kind: 'fetch failure',
    rank: CONSEQUENCE,
    pattern:
      /FetchFailed|missing an output location for shuffle|failed to fetch (?:remote )?(?:block|shuffle)|ShuffleBlockFetcherIterator|ExternalShuffle|OneForOneBlockFetcher/i,
  },
  {
    kind: 'connection refused',
    rank: FAULT,
    pattern:
      /connection refused|ECONNREFUSED|connect(?:ion)? timed out|no route to host|ConnectTimeoutException|ConnectionRefusedError/i,
  },
  // SIGKILL is what the kernel sends when memory runs out, and what anybody else can send.
  { kind: 'exit code', rank: EXIT, pattern: /exit(?:ed with)? (?:code|status):? ?[1-9]\d*|SIGKILL/i },
];

/** What a line says, whatever stands around it; undefined for most lines. */
export function patternOf(line: string): { kind: CauseKind; rank: number } | undefined {
  return PATTERNS.find(({ pattern }) => pattern.test(line));
}

/** What to do about each, as an imperative sentence. */
const ADVICE: Readonly<Record<CauseKind, string>> = {
  'out of memory':
    'Give the container more memory or overhead, or let each task hold less: more partitions, smaller batches, no collect',
  'disk full':
    'Give the pods more scratch space (spark.local.dir on a larger volume, a higher ephemeral-storage limit), or spill less',
  'image pull': 'Check the image name, its tag and the pull secret',
  'configuration or secret missing': 'Create what is named, in the namespace of the run, or mend the name',
  'no permission': 'Give the role or service account of the run the right that is named, and no more',
  'class or module not found':
    'Add the package to the image or to spark.jars.packages, in the version for this Spark and Scala',
  DNS: 'Check the host name, the DNS of the cluster and the network policy',
  'Hive Metastore down': 'Check that the Hive Metastore runs and can be reached from the driver, then run again',
  'commit conflict':
    'Let writers of one table take turns, or retry the commit: raise commit.retry.num-retries, write to separate partitions',
  'preempted or evicted':
    'Run the driver on on-demand nodes and let executors decommission (spark.decommission.enabled), or give the pods a higher priority',
  'connection refused': 'Check that the service that is named runs and can be reached from the pods',
  'Python exception': 'Mend the code or the record that raises it; the lines above it follow from it',
  exception: 'Mend the innermost cause; the exceptions around it follow from it',
  'fetch failure': 'Look for why the executor that held the data went away: its own log, its pod, its node',
  'exit code': "Look at the container's own log and its state in Kubernetes: the exit code alone does not say why",
};

/** A heap has a limit of its own, below that of its container: more overhead does not raise it. */
const HEAP_ENDED = /java heap space|GC overhead limit|JVM OOM|exit(?:ed with)? (?:code|status):? ?(?:3|52)\b/i;
const MORE_HEAP =
  'Give more memory to the heap that ran out (spark.executor.memory, or spark.driver.memory where the driver said it), or let each task hold less: more partitions, smaller batches, no collect';

/** What to do about the cause that this line tells. */
export function adviceOf(kind: CauseKind, line: string): string {
  return kind === 'out of memory' && HEAP_ENDED.test(line) ? MORE_HEAP : ADVICE[kind];
}
