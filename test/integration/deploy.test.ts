import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AuthorizationV1Api,
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { RESOURCES } from '../../src/collectors/kubernetes/requests.js';
import { ReportFolder } from '../../src/serve/reports.js';
import { startServing } from '../../src/serve/server.js';
import { removeNamespace, untilAllowed } from '../support/cluster.js';
import { sparkfit } from '../support/io.js';
import type { Program } from '../support/program.js';
import { runPrometheus } from '../support/prometheus.js';

const HOME = process.env.TESTBED_HOME ?? join(homedir(), '.cache', 'sparkfit-testbed');
const RUN = process.env.SPARKFIT_TESTBED_RUN ?? join(HOME, 'run');
const PROMETHEUS_URL = process.env.SPARKFIT_TESTBED_PROMETHEUS ?? 'http://127.0.0.1:19090';
const ADMIN = join(RUN, 'kubeconfig');
const MANAGER = 'sparkfit-test';
const NAMESPACE = 'sparkfit';

/** What `kubectl apply -k` reads, in an order that works: what others need comes first. */
const FILES = [
  'rbac.yaml',
  'kubernetes/config.yaml',
  'kubernetes/storage.yaml',
  'kubernetes/nightly.yaml',
  'kubernetes/network-policy.yaml',
  'serve/serve.yaml',
  'serve/network-policy.yaml',
];
const OPERATOR_FILES = ['monitoring/service-monitor.yaml', 'monitoring/prometheus-rule.yaml'];

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

function manifests(files: readonly string[]): z.infer<typeof Manifest>[] {
  return files.flatMap((file) =>
    parseAllDocuments(readFileSync(join('deploy', file), 'utf8')).map((document) => Manifest.parse(document.toJS())),
  );
}

function crd(plural: string, kind: string) {
  const openAPIV3Schema = { type: 'object', x_kubernetes_preserve_unknown_fields: true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const Query = z.object({ data: z.object({ result: z.array(z.unknown()) }) });

async function series(url: string, query: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
  expect(response.status, query).toBe(200);
  return Query.parse(await response.json()).data.result.length;
}

describe.runIf(existsSync(ADMIN))('the manifests on a real API server', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sparkfit-deploy-'));
  const kubeConfig = new KubeConfig();
  let objects: KubernetesObjectApi;
  const reader = join(scratch, 'kubeconfig');

  function apply(manifest: KubernetesObject, dryRun?: 'All') {
    return objects.patch(manifest, undefined, dryRun, MANAGER, true, PatchStrategy.ServerSideApply);
  }

  /** A kubeconfig with a token of the shipped ServiceAccount. */
  async function writeReader(): Promise<void> {
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const { status } = await core.createNamespacedServiceAccountToken({
      name: 'sparkfit',
      namespace: NAMESPACE,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [], expirationSeconds: 3600 },
      },
    });
    const cluster = kubeConfig.getCurrentCluster();
    if (!cluster || !status) throw new Error('no cluster or no token');
    const reading = new KubeConfig();
    reading.loadFromClusterAndUser(cluster, { name: 'sparkfit', token: status.token });
    await untilAllowed(reading, { verb: 'list', resource: 'pods' });
    writeFileSync(reader, reading.exportConfig(), { mode: 0o600 });
  }

  beforeAll(async () => {
    kubeConfig.loadFromFile(ADMIN);
    objects = KubernetesObjectApi.makeApiClient(kubeConfig);
    for (const manifest of [crd('servicemonitors', 'ServiceMonitor'), crd('prometheusrules', 'PrometheusRule')])
      await apply(manifest);
    // The others live in it; a dry run makes none.
    await apply(Manifest.parse(manifests(['rbac.yaml'])[0]));
  });
  afterAll(async () => {
    for (const manifest of manifests([...FILES, ...OPERATOR_FILES]).reverse())
      await objects.delete(manifest).catch(() => undefined);
    for (const manifest of [crd('servicemonitors', 'ServiceMonitor'), crd('prometheusrules', 'PrometheusRule')])
      await objects.delete(manifest);
    await removeNamespace(kubeConfig, NAMESPACE);
    rmSync(scratch, { recursive: true });
  });

  it('are what kustomization.yaml names', () => {
    const Kustomization = z.object({ resources: z.array(z.string()) });
    const named = ['', 'serve/', 'monitoring/'].flatMap((folder) => {
      const [document] = parseAllDocuments(readFileSync(`deploy/${folder}kustomization.yaml`, 'utf8'));
      return Kustomization.parse(document?.toJS()).resources.map((file) => folder + file);
    });
    expect(named.sort()).toEqual([...FILES, ...OPERATOR_FILES].sort());
  });

  it.each(['All', undefined] as const)('are taken by server-side apply (dry run: %s)', async (dryRun) => {
    for (const manifest of manifests(FILES)) {
      const applied = await apply(manifest, dryRun);
      expect(applied.metadata?.name).toBe(manifest.metadata.name);
    }
    for (const manifest of manifests(OPERATOR_FILES))
      await vi.waitFor(
        async () => {
          // A client of its own: it knows the kinds that there were when it first looked.
          const fresh = KubernetesObjectApi.makeApiClient(kubeConfig);
          await fresh.patch(manifest, undefined, dryRun, MANAGER, true, PatchStrategy.ServerSideApply);
        },
        { timeout: 120_000, interval: 1_000 },
      );
  });

  describe('with the shipped ServiceAccount', () => {
    beforeAll(writeReader);

    it('doctor and collect work', async () => {
      const environment = { KUBECONFIG: reader };
      const store = join(scratch, 'sparkfit.db');
      const checked = await sparkfit(['doctor', '--json'], { environment, nowMs: Date.now() });
      const Doctor = z.object({ checks: z.array(z.object({ id: z.string(), state: z.string() })) });
      const { checks } = Doctor.parse(JSON.parse(checked.out));
      expect(checks.find(({ id }) => id === 'kubernetes')?.state).toBe('ok');
      const collected = await sparkfit(['collect', '--source', 'kubernetes', '--store', store], {
        environment,
        nowMs: Date.now(),
      });
      expect(collected).toMatchObject({ exitCode: 0 });
      expect(collected.out + collected.err).not.toMatch(/forbidden/);
    });

    it('may get and list what is collected, and nothing else', async () => {
      const reading = new KubeConfig();
      reading.loadFromFile(reader);
      const authorization = reading.makeApiClient(AuthorizationV1Api);
      const allowed = async (verb: string, group: string, resource: string, subresource?: string) => {
        const body = {
          spec: { resourceAttributes: { verb, group, resource, ...(subresource ? { subresource } : {}) } },
        };
        const { status } = await authorization.createSelfSubjectAccessReview({ body });
        return status?.allowed === true;
      };
      const [role] = manifests(['rbac.yaml']).filter(({ kind }) => kind === 'ClusterRole');
      const Rules = z.array(
        z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
      );
      const rules = Rules.parse(role?.rules);
      expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list']));
      const resources = new Set(rules.flatMap((rule) => rule.resources));
      for (const resource of Object.keys(RESOURCES)) expect(resources).toContain(resource.split('.')[0]);
      const refused = ['create', 'update', 'patch', 'delete', 'deletecollection', 'watch', 'escalate', 'bind'];
      for (const { apiGroups, resources: own, verbs } of rules)
        for (const resource of own) {
          const [name = '', subresource] = resource.split('/');
          for (const verb of verbs)
            expect(await allowed(verb, apiGroups[0] ?? '', name, subresource), `${verb} ${resource}`).toBe(true);
          for (const verb of refused)
            expect(await allowed(verb, apiGroups[0] ?? '', name, subresource), `${verb} ${resource}`).toBe(false);
        }
      for (const verb of ['get', 'list', ...refused])
        for (const resource of [
          'secrets',
          'configmaps',
          'pods/exec',
          'pods/attach',
          'pods/portforward',
          'nodes/proxy',
        ]) {
          const [name = '', subresource] = resource.split('/');
          expect(await allowed(verb, '', name, subresource), `${verb} ${resource}`).toBe(false);
        }
      expect(await allowed('impersonate', '', 'users')).toBe(false);
    });

    it('is refused by the server when it tries to write or to read a secret', async () => {
      const reading = new KubeConfig();
      reading.loadFromFile(reader);
      const core = reading.makeApiClient(CoreV1Api);
      const tries = [
        () => core.listNamespacedSecret({ namespace: 'kube-system' }),
        () => core.createNamespacedConfigMap({ namespace: NAMESPACE, body: { metadata: { name: 'x' } } }),
        () => core.deleteNamespacedServiceAccount({ namespace: NAMESPACE, name: 'sparkfit' }),
        () => core.deleteNamespace({ name: NAMESPACE }),
      ];
      for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: 403 });
    });
  });

  describe('metrics, rules and dashboard', () => {
    let server: Server;
    let prometheus: Program;
    let url: string;

    beforeAll(async () => {
      const demo = await sparkfit(['demo', '--output', scratch]);
      expect(demo.exitCode).toBe(0);
      const reports = new ReportFolder(scratch);
      const store = join(scratch, 'demo.db');
      server = await startServing({ host: '127.0.0.1', port: 0, token: undefined, reports, store, log: () => {} });
      const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const config = join(scratch, 'prometheus.yml');
      const job = { job_name: 'sparkfit', static_configs: [{ targets: [target] }] };
      // JSON is YAML.
      writeFileSync(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }));
      prometheus = await runPrometheus(config, join(scratch, 'tsdb'));
      ({ url } = prometheus);
      await vi.waitFor(async () => expect(await series(url, 'sparkfit_report_timestamp_seconds')).toBe(1), {
        timeout: 300_000,
        interval: 500,
      });
    });
    afterAll(async () => {
      await prometheus?.stop();
      server?.close();
    });

    it('passes promtool check metrics', async () => {
      const { port } = server.address() as AddressInfo;
      const input = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const said = execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      expect(said).toBe('');
    });

    it('passes promtool check rules, and the operator gets the same rules', () => {
      expect(
        execFileSync('promtool', ['check', 'rules', 'deploy/monitoring/rules.yaml'], { encoding: 'utf8' }),
      ).toContain('SUCCESS: 5 rules found');
      const [plain] = parseAllDocuments(readFileSync('deploy/monitoring/rules.yaml', 'utf8'));
      const [rule] = manifests(['monitoring/prometheus-rule.yaml']);
      expect(rule?.spec).toEqual(plain?.toJS());
    });

    it('answers every query of the dashboard', async () => {
      const Dashboard = z.object({
        panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
      });
      const { panels } = Dashboard.parse(JSON.parse(readFileSync('deploy/monitoring/dashboard.json', 'utf8')));
      const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
      expect(queries.length).toBeGreaterThan(10);
      for (const { title, expr } of queries) {
        const own = expr.includes('sparkfit_');
        const query = expr.replaceAll('$cluster', '.*');
        // A bed that has just started has its history at once, but its live series only after the first scrapes.
        await vi.waitFor(
          async () => {
            const found = await series(own ? url : PROMETHEUS_URL, query);
            expect({ title, expr, answered: found > 0 }).toEqual({ title, expr, answered: true });
          },
          { timeout: 120_000, interval: 1_000 },
        );
      }
    }, 300_000);

    it('can evaluate every alert rule, and none fires on an hour-old report but those on findings', async () => {
      const Groups = z.object({
        groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
      });
      const [document] = parseAllDocuments(readFileSync('deploy/monitoring/rules.yaml', 'utf8'));
      const rules = Groups.parse(document?.toJS()).groups.flatMap((group) => group.rules);
      // Between a scrape that came too late and the next one there is nothing that could fire.
      await vi.waitFor(
        async () => {
          const firing: string[] = [];
          for (const { alert, expr } of rules) if ((await series(url, expr)) > 0) firing.push(alert);
          expect(firing).toContain('SparkfitCriticalFindings');
          expect(firing).not.toContain('SparkfitMetricsAbsent');
        },
        { timeout: 120_000, interval: 1_000 },
      );
    });
  });
});

it.skipIf(existsSync(ADMIN))('the manifests cannot be tried: the test bed is not running', (context) => {
  context.skip(`no ${ADMIN}; start the test bed first`);
});
