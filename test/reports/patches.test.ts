import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Report, ReportFinding } from '../../src/model/report.js';
import { patchFiles } from '../../src/reports/patches.js';
import { sampleReport } from './sample.js';

type Patch = { format: string; target: string; content: string };

function deployment(name: string, resources: object): Patch {
  const containers = [{ name: 'app', resources }];
  const content = JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'web' },
    spec: { template: { spec: { containers } } },
  });
  return { format: 'kubernetes', target: `Deployment web/${name}`, content };
}

/** The sample's first finding with other patches, about `Deployment web/<name>`. */
function finding(rule: string, name: string, patches: Patch[], part: Partial<ReportFinding> = {}): ReportFinding {
  const [first] = sampleReport().findings;
  if (!first) throw new Error('the sample has no finding');
  const subject = { kind: 'Deployment', cluster: 'test', namespace: 'web', name };
  const recommendation = { summary: '', patches, backtest: null };
  return { ...first, rule, subject, recommendation, state: 'finding', fingerprint: `f-${rule}`, ...part };
}

function filesOf(...findings: ReportFinding[]): Map<string, string> {
  const report: Report = { ...sampleReport(), findings };
  return new Map(patchFiles(report));
}

const ETL = { apiVersion: 'sparkoperator.k8s.io/v1beta2', namespace: 'web', name: 'etl' };

/** As `filesOf`, of a report that knows the operators' resources. */
function filesWith(sparkResources: Report['sparkResources'], ...findings: ReportFinding[]): Map<string, string> {
  return new Map(patchFiles({ ...sampleReport(), findings, sparkResources }));
}

const cpu = (value: string) => ({ requests: { cpu: value } });
const memory = (value: string) => ({ requests: { memory: value }, limits: { memory: value } });

describe('the folder of patches', () => {
  it('has one file for an object with all that its findings change; the first finding stands', () => {
    const files = filesOf(
      finding('a/one', 'api', [deployment('api', cpu('500m'))]),
      finding('a/two', 'api', [deployment('api', memory('1Gi'))]),
      finding('a/three', 'api', [deployment('api', cpu('900m'))]),
    );
    const text = files.get('patches/changes/web/deployment-api.yaml') ?? '';
    expect(parse(text).spec.template.spec.containers).toEqual([
      { name: 'app', resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } } },
    ]);
    expect(text.split('\n').slice(0, 3)).toEqual(['# a/one f-a/one', '# a/two f-a/two', '# a/three f-a/three']);
    const overlay = parse(files.get('patches/kustomization.yaml') ?? '');
    expect(overlay.patches).toEqual([
      { path: 'changes/web/deployment-api.yaml', target: { kind: 'Deployment', name: 'api', namespace: 'web' } },
    ]);
  });

  it('adds what is new as a resource, and changes what is there', () => {
    const budget = {
      format: 'kubernetes',
      target: 'PodDisruptionBudget web/api',
      content: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api, namespace: web}\n',
    };
    const overlay = parse(filesOf(finding('a/one', 'api', [budget])).get('patches/kustomization.yaml') ?? '');
    expect(overlay).toMatchObject({ resources: ['new/web/poddisruptionbudget-api.yaml'], patches: [] });
  });

  it('keeps Helm values and Spark settings apart', () => {
    const files = filesOf(
      finding('a/one', 'api', [{ format: 'helm-values', target: 'shop', content: 'resources: {}\n' }]),
      finding('a/two', 'etl', [{ format: 'spark-conf', target: 'x', content: 'spark.a=b' }]),
    );
    expect(files.get('patches/helm/shop.yaml')).toBe('# a/one f-a/one\nresources: {}\n');
    expect(files.get('patches/spark-defaults/web/etl.conf')).toBe('# a/two f-a/two\nspark.a=b\n');
  });

  it('puts Spark settings into the resource that describes the family, each key once', () => {
    const kind = 'ScheduledSparkApplication';
    const content = JSON.stringify({
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind,
      metadata: { name: 'etl', namespace: 'web' },
      spec: { template: { driver: { memory: '2g' } } },
    });
    const files = filesWith(
      [{ ...ETL, kind }],
      finding('a/one', 'etl', [{ format: 'spark-conf', target: 'x', content: 'spark.a=1\nspark.b=2' }]),
      finding('a/two', 'etl', [{ format: 'spark-conf', target: 'x', content: 'spark.a 9' }]),
      finding('a/three', 'etl', [{ format: 'spark-application', target: 'x', content }]),
      finding('a/four', 'etl', [{ format: 'spark-conf', target: 'x', content: 'spark.zone=<zone>' }]),
    );
    expect(parse(files.get('patches/changes/web/scheduledsparkapplication-etl.yaml') ?? '')).toMatchObject({
      kind,
      spec: { template: { driver: { memory: '2g' }, sparkConf: { 'spark.a': '1', 'spark.b': '2' } } },
    });
    expect(files.get('patches/spark-defaults/web/etl.conf')).toBe('# a/four f-a/four\nspark.zone=<zone>\n');
  });

  it.each([
    ['an operator runs', [{ ...ETL, kind: 'SparkApplication' as const }], ['changes/web/sparkapplication-etl.yaml']],
    ['spark-submit starts', [], ['spark-defaults/web/etl.conf']],
    ['is not known better', undefined, ['changes/web/sparkapplication-etl.yaml', 'spark-defaults/web/etl.conf']],
  ])('changes what there is of a family that %s', (_, resources, paths) => {
    const manifest = { ...ETL, kind: 'SparkApplication' };
    const { apiVersion, kind, ...metadata } = manifest;
    const content = JSON.stringify({ apiVersion, kind, metadata, spec: { driver: { nodeSelector: { spot: 'no' } } } });
    const files = filesWith(
      resources,
      finding('spot/candidate', 'etl', [{ format: 'spark-application', target: 'x', content }]),
      finding('a/two', 'etl', [{ format: 'spark-conf', target: 'x', content: 'spark.a=1' }]),
    );
    expect([...files.keys()].slice(1)).toEqual(paths.map((path) => `patches/${path}`));
    const changed = files.get('patches/changes/web/sparkapplication-etl.yaml');
    if (resources?.length)
      expect(parse(changed ?? '').spec).toMatchObject({ driver: {}, sparkConf: { 'spark.a': '1' } });
  });

  it('has one notation and each key once in the settings of other families', () => {
    const files = filesOf(
      finding('a/one', 'job', [{ format: 'spark-conf', target: 'x', content: 'spark.a/b on' }]),
      finding('a/two', 'job', [{ format: 'spark-conf', target: 'x', content: 'spark.a/b=off\nspark.c=1' }]),
    );
    expect(files.get('patches/spark-defaults/web/job.conf')).toBe(
      '# a/one f-a/one\nspark.a/b=on\n# a/two f-a/two\nspark.c=1\n',
    );
  });

  it('leaves out what was accepted or suppressed, and what is no finding', () => {
    const muted = { kind: 'accepted' as const, until: null, by: 'me', why: 'so' };
    const life = { state: 'open' as const, firstSeen: '', lastSeen: '', openedAt: null, timesOpened: 1, muted };
    const files = filesOf(
      finding('a/one', 'api', [deployment('api', cpu('1'))], { lifecycle: life }),
      finding('a/two', 'api', [deployment('api', cpu('1'))], { state: 'ok' }),
    );
    expect([...files.keys()]).toEqual(['patches/kustomization.yaml']);
  });

  it('writes nothing outside of its folder, whatever an object is called', () => {
    const odd = deployment('../../etc/passwd', cpu('1'));
    for (const path of filesOf(finding('a/one', '../../x', [odd])).keys()) expect(path.split('/')).not.toContain('..');
  });
});
