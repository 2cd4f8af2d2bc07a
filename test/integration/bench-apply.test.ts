import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CoreV1Api, CustomObjectsApi, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSession } from '../../src/bench/session.js';
import { filesOf, SINGLE } from '../collectors/spark/sources/recorded.js';
import { removeNamespace, untilAllowed } from '../support/cluster.js';
import { sparkfit } from '../support/io.js';
import { endedStatus } from '../support/spark-application.js';

const HOME = process.env.TESTBED_HOME ?? join(homedir(), '.cache', 'sparkfit-testbed');
const ADMIN = join(process.env.SPARKFIT_TESTBED_RUN ?? join(HOME, 'run'), 'kubeconfig');
const NAMESPACE = 'bench-apply';
const PLACE = {
  group: 'sparkoperator.k8s.io',
  version: 'v1beta2',
  namespace: NAMESPACE,
  plural: 'sparkapplications',
};
const folder = mkdtempSync(join(tmpdir(), 'sparkfit-bench-apply-'));
const at = (name: string) => join(folder, name);

const Application = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.object({ sparkConf: z.record(z.string(), z.string()), restartPolicy: z.object({ type: z.string() }) }),
  status: z.unknown().optional(),
});
type Application = z.infer<typeof Application>;

describe.runIf(existsSync(ADMIN))('SparkApplications of a benchmark on a real API server', () => {
  const kubeConfig = new KubeConfig();
  let custom: CustomObjectsApi;
  const seen = new Map<string, Application>();
  const working = new AbortController();
  let operator: Promise<void>;

  /** Plays the operator: ends every new application with what its settings say. */
  async function operate(): Promise<void> {
    const List = z.object({ items: z.array(Application) });
    while (!working.signal.aborted) {
      const { items } = List.parse(await custom.listNamespacedCustomObject(PLACE));
      for (const application of items) {
        const { name } = application.metadata;
        if (seen.has(name)) continue;
        seen.set(name, application);
        const body = [
          { op: 'add', path: '/status', value: { sparkApplicationId: SINGLE, ...endedStatus(application.spec) } },
        ];
        await custom.patchNamespacedCustomObjectStatus({ ...PLACE, name, body });
      }
      await wait(200, undefined, { signal: working.signal }).catch(() => {});
    }
  }

  /** Writes a kubeconfig of a ServiceAccount with these verbs on SparkApplications of the namespace. */
  async function accountWith(name: string, verbs: string[]): Promise<string> {
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const rbac = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
    const metadata = { name, namespace: NAMESPACE };
    await core.createNamespacedServiceAccount({ namespace: NAMESPACE, body: { metadata } });
    const rules = [{ apiGroups: [PLACE.group], resources: [PLACE.plural], verbs }];
    await rbac.createNamespacedRole({ namespace: NAMESPACE, body: { metadata, rules } });
    await rbac.createNamespacedRoleBinding({
      namespace: NAMESPACE,
      body: {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
      },
    });
    const { status } = await core.createNamespacedServiceAccountToken({
      ...metadata,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [], expirationSeconds: 3600 },
      },
    });
    const cluster = kubeConfig.getCurrentCluster();
    if (!cluster || !status) throw new Error('no cluster or no token');
    const own = new KubeConfig();
    own.loadFromClusterAndUser(cluster, { name, token: status.token });
    writeFileSync(at(name), own.exportConfig(), { mode: 0o600 });
    const { group, plural: resource } = PLACE;
    for (const verb of verbs) await untilAllowed(own, { namespace: NAMESPACE, group, resource, verb });
    return at(name);
  }

  function bench(account: string, ...words: string[]) {
    const files = ['--output', at('session.json'), '--store', at('bench.db'), '--config', at('sparkfit.yaml')];
    return sparkfit(['bench', 'run', at('suite.yaml'), ...files, ...words], {
      environment: { PATH: process.env.PATH, KUBECONFIG: account },
      nowMs: Date.now(),
    });
  }

  async function left(): Promise<number> {
    const List = z.object({ items: z.array(z.unknown()) });
    return List.parse(await custom.listNamespacedCustomObject(PLACE)).items.length;
  }

  beforeAll(async () => {
    kubeConfig.loadFromFile(ADMIN);
    custom = kubeConfig.makeApiClient(CustomObjectsApi);
    await kubeConfig.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { name: NAMESPACE } } });
    mkdirSync(at('logs'));
    for (const [name, content] of await filesOf(SINGLE)) writeFileSync(join(at('logs'), name), content);
    writeFileSync(at('sparkfit.yaml'), JSON.stringify({ spark: { logs: at('logs') } }));
    const image = 'spark:3.5';
    const metadata = { name: 'etl', namespace: NAMESPACE };
    const application = { apiVersion: `${PLACE.group}/${PLACE.version}`, kind: 'SparkApplication', metadata };
    writeFileSync(at('app.yaml'), JSON.stringify({ ...application, spec: { type: 'Scala', image } }));
    writeFileSync(
      at('suite.yaml'),
      `suite: cluster
runs: 4
warmup: 0
metrics: [time]
workloads:
  - name: etl
    sparkApplication: app.yaml
    spark: true
    variants:
      - { name: now, conf: { spark.test.seconds: 60 } }
      - { name: other, conf: { spark.test.seconds: 40 } }
      - { name: broken, conf: { spark.test.seconds: 0 } }
`,
    );
    operator = operate();
  });
  afterAll(async () => {
    working.abort();
    await operator;
    await custom.deleteCollectionNamespacedCustomObject(PLACE);
    await removeNamespace(kubeConfig, NAMESPACE);
    rmSync(folder, { recursive: true });
  });

  it('are run with the rights that the documentation names, and none is left', async () => {
    const [, verbs] = /verbs: \[([a-z, ]+)\]/.exec(readFileSync('docs/bench.md', 'utf8')) ?? [];
    const account = await accountWith('runner', (verbs ?? '').split(', '));
    const { err, exitCode } = await bench(account, '--apply');
    const { runs } = readSession(at('session.json'));
    const told = runs.map(({ variant, state, message, metrics }) => `${variant} ${state} ${message} ${metrics.time}`);
    expect(new Set(told), err).toEqual(
      new Set(['now ok null 60', 'other ok null 40', 'broken failed FAILED: driver failed undefined']),
    );
    expect(exitCode).toBe(3);
    expect(runs.filter(({ state }) => state === 'ok').every(({ facts }) => facts !== null)).toBe(true);
    expect(seen.size).toBe(runs.length);
    expect([...seen.values()].every(({ spec }) => spec.restartPolicy.type === 'Never')).toBe(true);
    expect(await left()).toBe(0);
  });

  it('that cannot be deleted are told, and what they measured is kept', async () => {
    const account = await accountWith('no-delete', ['create', 'get']);
    const { err } = await bench(account, '--apply', '--runs', '1');
    const { runs } = readSession(at('session.json'));
    const [now] = runs.filter(({ variant }) => variant === 'now');
    expect(now?.state).toBe('ok');
    expect(now?.metrics.time).toBe(60);
    expect(now?.message).toMatch(/^left behind, delete it yourself: SparkApplication bench-apply\/etl-.*forbidden/);
    expect(err).toContain('left behind, delete it yourself: SparkApplication bench-apply/etl-');
    expect(await left()).toBe(runs.length);
  });

  it('that may not be created end as one line each', async () => {
    const account = await accountWith('reader', ['get']);
    const { err, exitCode } = await bench(account, '--apply', '--runs', '1');
    expect(exitCode).toBe(3);
    expect(err).toMatch(
      /etl\/now run 1: failed: SparkApplication bench-apply\/etl-\w+: cannot be created: .*cannot create resource/,
    );
    expect(err).not.toContain('    at ');
  });
});
