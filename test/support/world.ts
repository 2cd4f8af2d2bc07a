import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, HOUR_MS, isoTime, MINUTE_MS } from '../../src/model/window.js';
import { type AwsServer, startAws } from '../collectors/aws/server.js';
import { type FakeApi, kubeconfigFor, type Lists, startFakeApi } from '../collectors/kubernetes/fake-api.js';
import { type FakeServer, sendJson, startServer } from './http.js';

const REGION = 'us-east-1';
const NODE = 'ip-10-0-0-1.ec2.internal';
const GIB = 2 ** 30;

/** A pod of a deployment that is always there. */
export interface WorldApp {
  namespace: string;
  name: string;
  cpuRequest: string;
  privileged?: boolean;
  /** Cores in use at a time. */
  cpuCores(timeMs: number): number;
  /** When its pod was made: a change makes a new one. */
  podFromMs: number;
}

/** One run of the Spark family `etl`, an hour before each night. */
export interface WorldRun {
  startMs: number;
  hours: number;
  executors: number;
  inputBytes: number;
}

/** Everything that the servers answer from; a script changes it between nights. */
export interface World {
  nowMs: number;
  apps: WorldApp[];
  /** Namespace/name of claims that no pod mounts. */
  idleClaims: string[];
  gp3UsdPerGibMonth: number;
  kubernetesIsDown: boolean;
  run: WorldRun | undefined;
}

/** One app that has been there for three days, and a run of an hour on the day before. */
export function smallWorld(nowMs: number): World {
  const agent = { namespace: 'platform', name: 'agent', cpuRequest: '300m', privileged: true };
  return {
    nowMs,
    apps: [{ ...agent, cpuCores: () => 0.25, podFromMs: nowMs - 3 * DAY_MS }],
    idleClaims: [],
    gp3UsdPerGibMonth: 0.08,
    kubernetesIsDown: false,
    run: { startMs: nowMs - DAY_MS, hours: 1, executors: 2, inputBytes: 1e9 },
  };
}

function metadata(name: string, namespace: string | undefined, createdMs: number) {
  return {
    name,
    ...(namespace ? { namespace } : {}),
    creationTimestamp: isoTime(createdMs),
    uid: `uid-${name}`,
  };
}

function owner(apiVersion: string, kind: string, name: string) {
  return [{ apiVersion, kind, name, uid: `uid-${name}`, controller: true }];
}

function node(world: World) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...metadata(NODE, undefined, world.nowMs - 100 * DAY_MS),
      labels: {
        'node.kubernetes.io/instance-type': 'm5.2xlarge',
        'topology.kubernetes.io/region': REGION,
        'topology.kubernetes.io/zone': `${REGION}a`,
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
      },
    },
    spec: {},
    status: { capacity: { cpu: '8', memory: '32Gi' }, allocatable: { cpu: '8', memory: '32Gi' } },
  };
}

function podSpec({ cpuRequest, privileged }: WorldApp) {
  const resources = { requests: { cpu: cpuRequest, memory: '1Gi' }, limits: { memory: '1Gi' } };
  const securityContext = privileged ? { privileged: true } : { runAsNonRoot: true, runAsUser: 1000 };
  return {
    automountServiceAccountToken: false,
    containers: [{ name: 'app', image: 'registry.example/app:1.2.3', resources, securityContext }],
  };
}

function podName(app: WorldApp): string {
  return `${app.name}-rs-${Math.floor(app.podFromMs / HOUR_MS)}`;
}

function listsOf(world: World): Lists {
  const { apps, idleClaims, nowMs } = world;
  const long = nowMs - 60 * DAY_MS;
  const claims = idleClaims.map((key) => key.split('/'));
  const runPods = world.run ? podsOf(world.run) : [];
  return {
    nodes: [node(world)],
    storageclasses: [
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: metadata('gp3', undefined, long),
        provisioner: 'ebs.csi.aws.com',
      },
    ],
    persistentvolumeclaims: claims.map(([namespace, name = '']) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: metadata(name, namespace, long),
      spec: { volumeName: `pv-${name}`, storageClassName: 'gp3', resources: { requests: { storage: '1000Gi' } } },
      status: { phase: 'Bound' },
    })),
    persistentvolumes: claims.map(([namespace, name = '']) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: metadata(`pv-${name}`, undefined, long),
      spec: { capacity: { storage: '1000Gi' }, storageClassName: 'gp3', claimRef: { namespace, name } },
      status: { phase: 'Bound' },
    })),
    deployments: apps.map((app) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(app.name, app.namespace, long),
      spec: { replicas: 1, selector: {}, template: { metadata: {}, spec: podSpec(app) } },
      status: {},
    })),
    replicasets: apps.map((app) => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        ...metadata(`${app.name}-rs`, app.namespace, long),
        ownerReferences: owner('apps/v1', 'Deployment', app.name),
      },
      spec: { replicas: 1, selector: {}, template: { metadata: {}, spec: podSpec(app) } },
    })),
    pods: [
      ...apps.map((app) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          ...metadata(podName(app), app.namespace, app.podFromMs),
          ownerReferences: owner('apps/v1', 'ReplicaSet', `${app.name}-rs`),
        },
        spec: { ...podSpec(app), nodeName: NODE },
        status: { phase: 'Running' },
      })),
      ...runPods,
    ],
    sparkapplications: world.run ? [applicationOf(world.run)] : [],
  };
}

function runName({ startMs }: WorldRun): string {
  return `etl-${Math.floor(startMs / 1000)}`;
}

function applicationOf(run: WorldRun) {
  const spec = {
    type: 'Scala',
    mode: 'cluster',
    driver: { cores: 1, coreRequest: '1', memory: '1g' },
    executor: { cores: 2, coreRequest: '2', memory: '1g', instances: run.executors },
  };
  return {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: metadata(runName(run), 'jobs', run.startMs),
    spec,
    status: {
      applicationState: { state: 'COMPLETED' },
      sparkApplicationId: runName(run),
      lastSubmissionAttemptTime: isoTime(run.startMs),
      terminationTime: isoTime(run.startMs + run.hours * HOUR_MS),
    },
  };
}

function runPodNames(run: WorldRun): string[] {
  const executors = Array.from({ length: run.executors }, (_, i) => `${runName(run)}-exec-${i + 1}`);
  return [`${runName(run)}-driver`, ...executors];
}

function podsOf(run: WorldRun) {
  return runPodNames(run).map((name) => {
    const isDriver = name.endsWith('-driver');
    const container = isDriver ? 'spark-kubernetes-driver' : 'spark-kubernetes-executor';
    const requests = { cpu: isDriver ? '1' : '2', memory: '2Gi' };
    const finishedAt = isoTime(run.startMs + run.hours * HOUR_MS);
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata(name, 'jobs', run.startMs),
        labels: {
          'spark-role': isDriver ? 'driver' : 'executor',
          'spark-app-selector': runName(run),
          'sparkoperator.k8s.io/app-name': runName(run),
        },
        ownerReferences: isDriver
          ? owner('sparkoperator.k8s.io/v1beta2', 'SparkApplication', runName(run))
          : owner('v1', 'Pod', `${runName(run)}-driver`),
      },
      spec: {
        nodeName: NODE,
        containers: [
          {
            name: container,
            image: 'registry.example/spark:3.5.3',
            resources: { requests, limits: { memory: '2Gi' } },
            securityContext: { runAsUser: 185, runAsNonRoot: true },
          },
        ],
      },
      status: {
        phase: 'Succeeded',
        startTime: isoTime(run.startMs),
        containerStatuses: [
          {
            name: container,
            restartCount: 0,
            state: { terminated: { exitCode: 0, finishedAt, startedAt: isoTime(run.startMs) } },
          },
        ],
      },
    };
  });
}

interface Measured {
  labels: Record<string, string>;
  fromMs: number;
  untilMs: number;
  cpuCores(timeMs: number): number;
}

/** Every container that there ever was, with its use. */
class History {
  readonly all: Measured[] = [];
  private readonly known = new Map<string, Measured>();

  note(world: World): void {
    for (const app of world.apps) {
      const pod = podName(app);
      const old = this.known.get(pod);
      if (old) old.untilMs = world.nowMs;
      else
        this.add(pod, {
          labels: { namespace: app.namespace, pod, container: 'app' },
          fromMs: app.podFromMs,
          untilMs: world.nowMs,
          cpuCores: app.cpuCores,
        });
    }
    const { run } = world;
    for (const pod of run ? runPodNames(run) : []) {
      if (!run || this.known.has(pod)) continue;
      const container = pod.endsWith('-driver') ? 'spark-kubernetes-driver' : 'spark-kubernetes-executor';
      const untilMs = run.startMs + run.hours * HOUR_MS;
      this.add(pod, {
        labels: { namespace: 'jobs', pod, container },
        fromMs: run.startMs,
        untilMs,
        cpuCores: () => 1.5,
      });
    }
  }

  private add(pod: string, measured: Measured): void {
    this.known.set(pod, measured);
    this.all.push(measured);
  }
}

interface Series {
  metric: Record<string, string>;
  values: [number, string][];
}

function times(startS: number, endS: number, stepS: number): number[] {
  return Array.from({ length: Math.floor((endS - startS) / stepS) + 1 }, (_, i) => startS + i * stepS);
}

/** The range answer to one of the collector's queries. */
function answer(
  query: string,
  all: readonly Measured[],
  asked: readonly number[],
  claims: readonly string[],
): Series[] {
  const each = (value: (one: Measured, timeS: number) => number): Series[] =>
    all.flatMap((one) => {
      const values = asked
        .filter((timeS) => timeS * 1000 > one.fromMs && timeS * 1000 <= one.untilMs)
        .map((timeS): [number, string] => [timeS, String(value(one, timeS))]);
      return values.length > 0 ? [{ metric: one.labels, values }] : [];
    });
  const counted = (): Series[] => [
    { metric: {}, values: asked.map((timeS) => [timeS, String(Math.max(1, all.length))]) },
  ];
  if (query.startsWith('quantile(')) return [{ metric: {}, values: asked.map((timeS) => [timeS, '12']) }];
  if (query.startsWith('count(')) return counted();
  if (query.includes('container_cpu_usage_seconds_total')) return each((one, timeS) => one.cpuCores(timeS * 1000));
  if (query.includes('container_memory_working_set_bytes')) return each(() => 0.7 * GIB);
  if (query.includes('count_over_time(container_network_receive')) return each(() => 12);
  if (query.includes('container_network_')) return each(() => 1e9);
  if (query.includes('kubelet_volume_stats_'))
    return claims.map((claim) => ({
      metric: { namespace: 'db', persistentvolumeclaim: claim },
      values: asked.map((timeS) => [timeS, String(query.includes('used') ? 400 * GIB : 1000 * GIB)]),
    }));
  return [];
}

function startPrometheus(world: World, history: History): Promise<FakeServer> {
  return startServer((request, response, body) => {
    const form = new URLSearchParams(body);
    const isRange = request.url?.endsWith('/query_range');
    const [startS, endS] = isRange
      ? [Number(form.get('start')), Number(form.get('end'))]
      : [Number(form.get('time')), Number(form.get('time'))];
    const now = world.nowMs / 1000;
    const asked = times(startS, Math.min(endS, now), Number(form.get('step') ?? 1) || 1);
    const series = answer(form.get('query') ?? '', history.all, asked, ['used']);
    const result = isRange ? series : series.map(({ metric, values }) => ({ metric, value: values.at(-1) }));
    sendJson(response, 200, { status: 'success', data: { resultType: isRange ? 'matrix' : 'vector', result } });
  });
}

function priceEntry(attributes: Record<string, string>, usd: number, unit: string, productFamily: string): string {
  return JSON.stringify({
    product: { productFamily, attributes: { regionCode: REGION, ...attributes } },
    terms: { OnDemand: { t: { priceDimensions: { d: { unit, pricePerUnit: { USD: String(usd) } } } } } },
    publicationDate: '2026-01-01T00:00:00Z',
  });
}

function setPrices(aws: AwsServer, world: World): void {
  const machine = {
    instanceType: 'm5.2xlarge',
    operatingSystem: 'Linux',
    preInstalledSw: 'NA',
    licenseModel: 'No License required',
    capacitystatus: 'Used',
    marketoption: 'OnDemand',
    tenancy: 'Shared',
    usagetype: 'BoxUsage:m5.2xlarge',
  };
  const volume = { volumeApiName: 'gp3', usagetype: 'EBS:VolumeUsage.gp3' };
  aws.pages.set('GetProducts', [
    JSON.stringify([
      priceEntry(machine, 0.4, 'Hrs', 'Compute Instance'),
      priceEntry(volume, world.gp3UsdPerGibMonth, 'GB-Mo', 'Storage'),
    ]),
  ]);
}

function taskEnd(id: number, executor: string, launchMs: number, run: WorldRun) {
  const finishMs = launchMs + 6 * MINUTE_MS;
  return {
    Event: 'SparkListenerTaskEnd',
    'Stage ID': 0,
    'Stage Attempt ID': 0,
    'Task Type': 'ResultTask',
    'Task End Reason': { Reason: 'Success' },
    'Task Info': {
      'Task ID': id,
      Index: id,
      Attempt: 0,
      'Partition ID': id,
      'Launch Time': launchMs,
      'Executor ID': executor,
      Host: '10.0.0.1',
      Locality: 'PROCESS_LOCAL',
      Speculative: false,
      'Getting Result Time': 0,
      'Finish Time': finishMs,
      Failed: false,
      Killed: false,
      Accumulables: [],
    },
    'Task Metrics': {
      'Executor Deserialize Time': 1,
      'Executor Deserialize CPU Time': 1,
      'Executor Run Time': 359_000,
      'Executor CPU Time': 300_000_000_000,
      'Peak Execution Memory': 0,
      'Result Size': 1000,
      'JVM GC Time': 10,
      'Result Serialization Time': 0,
      'Memory Bytes Spilled': 0,
      'Disk Bytes Spilled': 0,
      'Shuffle Read Metrics': {
        'Remote Blocks Fetched': 0,
        'Local Blocks Fetched': 0,
        'Fetch Wait Time': 0,
        'Remote Bytes Read': 0,
        'Remote Bytes Read To Disk': 0,
        'Local Bytes Read': 0,
        'Total Records Read': 0,
      },
      'Shuffle Write Metrics': { 'Shuffle Bytes Written': 0, 'Shuffle Write Time': 0, 'Shuffle Records Written': 0 },
      'Input Metrics': { 'Bytes Read': run.inputBytes / run.executors, 'Records Read': 1000 },
      'Output Metrics': { 'Bytes Written': 0, 'Records Written': 0 },
      'Updated Blocks': [],
    },
  };
}

/** The event log that the run leaves behind. */
function logOf(run: WorldRun): string {
  const { startMs, executors } = run;
  const endMs = startMs + run.hours * HOUR_MS;
  const stage = {
    'Stage ID': 0,
    'Stage Attempt ID': 0,
    'Stage Name': 'save',
    'Number of Tasks': executors,
    'RDD Info': [],
    'Parent IDs': [],
    Details: '',
    Accumulables: [],
    'Resource Profile Id': 0,
  };
  const properties = {
    'spark.app.id': runName(run),
    'spark.app.name': 'etl',
    'spark.master': 'k8s://https://10.0.0.1:443',
    'spark.executor.instances': String(executors),
    'spark.executor.cores': '2',
    'spark.kubernetes.namespace': 'jobs',
    'spark.kubernetes.driver.pod.name': `${runName(run)}-driver`,
    'spark.kubernetes.executor.podNamePrefix': runName(run),
  };
  const ids = Array.from({ length: executors }, (_, i) => String(i + 1));
  const launchMs = startMs + MINUTE_MS;
  const events = [
    { Event: 'SparkListenerLogStart', 'Spark Version': '3.5.3' },
    {
      Event: 'SparkListenerEnvironmentUpdate',
      'JVM Information': { 'Java Version': '17', 'Scala Version': '2.12' },
      'Spark Properties': properties,
      'Hadoop Properties': {},
      'System Properties': {},
      'Classpath Entries': {},
    },
    {
      Event: 'SparkListenerApplicationStart',
      'App Name': 'etl',
      'App ID': runName(run),
      Timestamp: startMs,
      User: 'spark',
    },
    {
      Event: 'SparkListenerBlockManagerAdded',
      'Block Manager ID': { 'Executor ID': 'driver', Host: '10.0.0.9', Port: 1 },
      'Maximum Memory': 1e9,
      Timestamp: startMs,
    },
    ...ids.map((id) => ({
      Event: 'SparkListenerExecutorAdded',
      Timestamp: startMs + 1000,
      'Executor ID': id,
      'Executor Info': {
        Host: '10.0.0.1',
        'Total Cores': 2,
        'Log Urls': {},
        Attributes: {},
        Resources: {},
        'Resource Profile Id': 0,
      },
    })),
    {
      Event: 'SparkListenerJobStart',
      'Job ID': 0,
      'Submission Time': launchMs,
      'Stage Infos': [stage],
      'Stage IDs': [0],
      Properties: {},
    },
    { Event: 'SparkListenerStageSubmitted', 'Stage Info': { ...stage, 'Submission Time': launchMs }, Properties: {} },
    ...ids.map((id, i) => taskEnd(i, id, launchMs, run)),
    {
      Event: 'SparkListenerStageCompleted',
      'Stage Info': { ...stage, 'Submission Time': launchMs, 'Completion Time': launchMs + 6 * MINUTE_MS },
    },
    {
      Event: 'SparkListenerJobEnd',
      'Job ID': 0,
      'Completion Time': launchMs + 6 * MINUTE_MS,
      'Job Result': { Result: 'JobSucceeded' },
    },
    { Event: 'SparkListenerApplicationEnd', Timestamp: endMs },
  ];
  return `${events.map((event) => JSON.stringify(event)).join('\n')}\n`;
}

export interface WorldServers {
  readonly world: World;
  /** What a command is given to find them. */
  readonly environment: Record<string, string>;
  /** Lets the servers answer as the world is now. */
  update(): void;
  close(): Promise<void>;
}

/** A small cluster with its servers on loopback: Kubernetes, Prometheus, AWS, and a folder of event logs. */
export async function startWorld(folder: string, world: World): Promise<WorldServers> {
  const lists: Lists = {};
  const history = new History();
  const api: FakeApi = await startFakeApi(lists, (_resource, _count, response) => {
    if (world.kubernetesIsDown)
      sendJson(response, 403, { kind: 'Status', status: 'Failure', message: 'forbidden', code: 403 });
    return world.kubernetesIsDown;
  });
  const prometheus = await startPrometheus(world, history);
  const aws = await startAws();
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(api.url));
  const update = () => {
    Object.assign(lists, listsOf(world));
    history.note(world);
    setPrices(aws, world);
    if (world.run) writeFileSync(join(logs, runName(world.run)), logOf(world.run));
  };
  update();
  return {
    world,
    environment: {
      KUBECONFIG: kubeconfig,
      SPARKFIT_PROMETHEUS_URL: prometheus.url,
      SPARKFIT_SPARK_LOGS: logs,
      SPARKFIT_CLUSTER: 'prod',
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    update,
    close: async () => {
      await Promise.all([api.close(), prometheus.close(), aws.close()]);
    },
  };
}
