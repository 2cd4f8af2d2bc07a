import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { kubernetes } from '../../src/collectors/kubernetes/index.js';
import { openStore } from '../../src/store/open.js';
import { removeNamespace, untilAllowed } from '../support/cluster.js';
import { collectInput } from '../support/collect.js';

const RUN = process.env.SPARKFIT_TESTBED_RUN ?? '';
const ADMIN = join(RUN, 'kubeconfig');
const CLI = resolve('dist/cli/main.js');
const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
type Manifest = z.infer<typeof Manifest>;
const READER = parseAllDocuments(readFileSync('deploy/rbac.yaml', 'utf8')).map((document) =>
  Manifest.parse(document.toJS()),
);
const Resources = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

interface Answer {
  status: number;
  body: string;
}

/** A request with the administrator's own certificate, as kubectl would send it. */
async function ask(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
  const config = new KubeConfig();
  config.loadFromFile(ADMIN);
  const url = new URL(path, config.getCurrentCluster()?.server);
  const options = { method, headers: { 'content-type': contentType, accept: 'application/json' } };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function placeOf({ apiVersion, kind, metadata }: Manifest): Promise<string> {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = Resources.parse(JSON.parse((await ask('GET', root)).body));
  const found = resources.find((one) => one.kind === kind && !one.name.includes('/'));
  if (!found) throw new Error(`${apiVersion} has no ${kind}`);
  return `${root}${found.namespaced ? `/namespaces/${metadata.namespace}` : ''}/${found.name}`;
}

/** What `kubectl patch` or, for what is new, `kubectl create` with --dry-run=server would be told. */
async function dryRun(manifest: Manifest, isNew: boolean): Promise<Answer> {
  const place = await placeOf(manifest);
  if (isNew) return ask('POST', `${place}?dryRun=All`, manifest);
  const isBuiltIn = !manifest.apiVersion.includes('.') || manifest.apiVersion.includes('.k8s.io/');
  const kind = isBuiltIn && !manifest.apiVersion.startsWith('sparkoperator') ? 'strategic-merge-patch' : 'merge-patch';
  return ask('PATCH', `${place}/${manifest.metadata.name}?dryRun=All`, manifest, `application/${kind}+json`);
}

describe.runIf(existsSync(ADMIN))('patches of the test bed’s findings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-patches-'));
  const patches = join(folder, 'reports', 'patches');
  const environment = {
    ...process.env,
    KUBECONFIG: join(RUN, 'kubeconfig.reader'),
    SPARKFIT_PROMETHEUS_URL: process.env.SPARKFIT_TESTBED_PROMETHEUS,
    SPARKFIT_STORE: join(folder, 'fleet.db'),
  };

  function sparkfit(...words: string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], {
      env: environment,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      cwd: folder,
    });
    expect({ words, status, stderr: status === 0 ? '' : stderr }).toEqual({ words, status: 0, stderr: '' });
    return stdout;
  }

  const manifestsUnder = (part: string) =>
    readdirSync(join(patches, part), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => [path, Manifest.parse(parse(readFileSync(join(patches, part, path), 'utf8')))] as const);

  beforeAll(() => {
    sparkfit('collect', '--source', 'kubernetes', 'prometheus');
    sparkfit('report', '--format', 'patches');
  });
  afterAll(async () => {
    for (const manifest of READER) await ask('DELETE', `${await placeOf(manifest)}/${manifest.metadata.name}`);
    const admin = new KubeConfig();
    admin.loadFromFile(ADMIN);
    await removeNamespace(admin, 'sparkfit');
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['changes', false],
    ['new', true],
  ])('every one of %s passes a server-side dry run', async (part, isNew) => {
    const refused: string[] = [];
    const manifests = manifestsUnder(part);
    for (const [path, manifest] of manifests) {
      const { status, body } = await dryRun(manifest, isNew);
      if (status >= 300) refused.push(`${path}: HTTP ${status} ${body.slice(0, 300)}`);
    }
    expect(manifests.length).toBeGreaterThan(0);
    expect(refused).toEqual([]);
  });

  it('stand in an overlay that names each file once', () => {
    const overlay = parse(readFileSync(join(patches, 'kustomization.yaml'), 'utf8'));
    const named = [...overlay.resources, ...overlay.patches.map(({ path }: { path: string }) => path)].sort();
    const files = ['changes', 'new'].flatMap((part) => manifestsUnder(part).map(([path]) => `${part}/${path}`)).sort();
    expect(named).toEqual(files);
  });

  it('of each single finding pass it too, not only where they are merged', async () => {
    const { findings } = JSON.parse(sparkfit('analyze', '--json'));
    const refused: string[] = [];
    for (const { rule, subject, recommendation } of findings)
      for (const { format, content } of recommendation?.patches ?? []) {
        if (format !== 'kubernetes' && format !== 'spark-application') continue;
        const manifest = Manifest.safeParse(parse(content)).data;
        if (!manifest) refused.push(`${rule} ${subject.name}: no whole object: ${content.slice(0, 80)}`);
        else {
          const isNew = (await ask('GET', `${await placeOf(manifest)}/${manifest.metadata.name}`)).status === 404;
          const { status, body } = await dryRun(manifest, isNew);
          if (status >= 300) refused.push(`${rule} ${subject.name}: HTTP ${status} ${body.slice(0, 300)}`);
        }
      }
    expect(refused).toEqual([]);
  });

  it('the reader role of deploy/rbac.yaml is enough for all that is collected', async () => {
    for (const manifest of READER) {
      const { status, body } = await ask('POST', await placeOf(manifest), manifest);
      expect([201, 409], body).toContain(status);
    }
    const admin = parse(readFileSync(ADMIN, 'utf8'));
    for (const { user } of admin.users) user.as = 'system:serviceaccount:sparkfit:sparkfit';
    const kubeconfig = join(folder, 'as-reader');
    writeFileSync(kubeconfig, stringify(admin));
    const reader = new KubeConfig();
    reader.loadFromFile(kubeconfig);
    await untilAllowed(reader, { verb: 'list', resource: 'pods' });
    const untilMs = Date.now();
    const input = collectInput(
      { kubernetes: { kubeconfig } },
      { sinceMs: untilMs - 3_600_000, untilMs },
      openStore(':memory:'),
    );
    const result = await kubernetes.collect(input);
    expect(result.gaps).toEqual([]);
    expect(result.rows).toBeGreaterThan(50);
    const role = READER.find(({ kind }) => kind === 'ClusterRole');
    const rules = z.array(z.object({ verbs: z.array(z.string()) })).parse(role?.rules);
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list']));
  });
});

it.skipIf(existsSync(ADMIN))('cannot try patches: the test bed is not running', (context) => {
  context.skip();
});
