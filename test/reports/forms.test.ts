import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { csvCell, csvTables } from '../../src/reports/csv.js';
import { FORMATS } from '../../src/reports/index.js';
import { manifestsIn } from '../../src/reports/manifests.js';
import { findingsOf } from '../../src/reports/order.js';
import { renderSarif } from '../../src/reports/sarif.js';
import { emptyReport, HOSTILE, reportNamed, reportOf, sampleReport } from './sample.js';

/** Cells of RFC 4180 text. */
function cellsOf(text: string): string[][] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map((match) => match[1] ?? ''));
}

/** Tags of XML that has nothing else in angle brackets, in order; closing ones with a slash. */
function xmlTags(text: string): string[] {
  const rest = text.replace(/^<\?xml[^?]*\?>/, '');
  const tags = rest.match(/<\/?[a-z]+(?:\s[a-z]+="[^"<>]*")*\/?>/g) ?? [];
  expect(rest.match(/</g)?.length).toBe(tags.length);
  return tags;
}

function isBalanced(tags: readonly string[]): boolean {
  const open: string[] = [];
  for (const tag of tags) {
    const name = /[a-z]+/.exec(tag)?.[0] ?? '';
    if (tag.startsWith('</')) {
      if (open.pop() !== name) return false;
    } else if (!tag.endsWith('/>')) open.push(name);
  }
  return open.length === 0;
}

const Sarif = z.object({
  version: z.literal('2.1.0'),
  runs: z.array(
    z.object({
      tool: z.object({ driver: z.object({ rules: z.array(z.object({ id: z.string() })) }) }),
      results: z.array(
        z.object({
          ruleId: z.string(),
          level: z.string(),
          locations: z.array(
            z.object({
              physicalLocation: z
                .object({
                  artifactLocation: z.object({ uri: z.string() }),
                  region: z.object({ startLine: z.number() }),
                })
                .optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

describe('CSV', () => {
  it.each([
    [null, ''],
    [undefined, ''],
    [Number.NaN, ''],
    [-6.1, '-6.1'],
    [0, '0'],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "' =1"],
    ['%cmd', "'%cmd"],
    ['a\nb', 'a b'],
  ])('writes %j as %j', (value, cell) => {
    expect(csvCell(value).trim()).toBe(cell);
  });

  it('has a table for each part, as wide in each row as its head', () => {
    const tables = csvTables(sampleReport());
    expect([...tables.keys()]).toEqual([
      'findings',
      'cost-by-namespace',
      'cost-by-workload',
      'cost-of-the-rest',
      'fitness',
      'spark-runs',
      'spark-run-time',
      'spot',
    ]);
    for (const text of tables.values()) {
      const [head, ...rows] = cellsOf(text);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toHaveLength(head?.length ?? -1);
    }
  });

  it('keeps what is not known empty, not zero', () => {
    const [head, ...rows] = cellsOf(csvTables(sampleReport()).get('cost-by-namespace') ?? '');
    const unpriced = rows.find(([name]) => name === 'gpu-lab');
    expect(unpriced?.[head?.indexOf('usd_per_month') ?? -1]).toBe('');
  });
});

describe('JUnit', () => {
  it('has a failure for each finding and skips what could not be judged', () => {
    const report = sampleReport();
    const tags = xmlTags(FORMATS.junit.render(report));
    expect(isBalanced(tags)).toBe(true);
    expect(tags.filter((tag) => tag.startsWith('<failure '))).toHaveLength(findingsOf(report).length);
    const skipped = report.findings.filter(({ state }) => state === 'insufficient-data' || state === 'not-applicable');
    expect(tags.filter((tag) => tag.startsWith('<skipped '))).toHaveLength(skipped.length);
  });
});

describe('SARIF', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-manifests-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('holds what a manifest can mend, with its rule', () => {
    const [run] = Sarif.parse(JSON.parse(renderSarif(sampleReport()))).runs;
    const rules = new Set(run?.tool.driver.rules.map(({ id }) => id));
    expect(run?.results.length).toBeGreaterThan(0);
    for (const { ruleId, level } of run?.results ?? []) {
      expect(rules.has(ruleId)).toBe(true);
      expect(['error', 'warning', 'note']).toContain(level);
    }
    expect(rules.has('idle/ec2-long-running')).toBe(false);
  });

  it('names file and line where the manifests are given, and passes over templates', () => {
    mkdirSync(join(folder, 'apps', 'a b'), { recursive: true });
    const before = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: checkout-api\n  namespace: web\n---\n';
    const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: checkout-api\n  namespace: web\n';
    writeFileSync(join(folder, 'apps', 'a b', 'checkout.yaml'), before + deployment);
    writeFileSync(join(folder, 'template.yaml'), 'kind: {{ .Values.kind }}\nmetadata: [');
    const manifests = manifestsIn(folder);
    expect(manifests.get('Deployment web/checkout-api')).toEqual({ path: 'apps/a b/checkout.yaml', line: 7 });
    const [run] = Sarif.parse(JSON.parse(renderSarif(sampleReport(), { manifests }))).runs;
    const places = run?.results.map(({ locations }) => locations[0]?.physicalLocation).filter(Boolean);
    expect(places).toEqual([{ artifactLocation: { uri: 'apps/a%20b/checkout.yaml' }, region: { startLine: 7 } }]);
  });

  it('says in one line that the folder is not there', () => {
    expect(() => manifestsIn(join(folder, 'none'))).toThrow(/--manifests .*none: cannot be read/);
  });
});

describe('chat', () => {
  it('is short however many findings there are, and says how many are left', () => {
    const text = FORMATS.chat.render(reportOf(1000), { htmlPath: 'https://reports.example/latest' });
    expect(text.length).toBeLessThan(2000);
    expect(text).toMatch(/… and 99\d more findings\./);
  });

  it('calls nobody', () => {
    expect(FORMATS.chat.render(reportNamed('@channel <!here> *x*'))).not.toMatch(/@channel|<!here>|\*x\*/);
  });
});

describe('e-mail', () => {
  const page = FORMATS.email.render(sampleReport(), { htmlPath: 'https://reports.example/latest' });

  it('has nothing that mail programs drop or block', () => {
    expect(page).not.toMatch(/<(script|style|link|svg|img|iframe|form)\b|\sclass=|url\(/);
    expect(page).toContain('What costs most');
    expect(page).toContain('https://reports.example/latest');
  });
});

describe.each(Object.entries(FORMATS))('%s', (id, format) => {
  it('holds when there is nothing', () => {
    const text = format.render(emptyReport()).replace(/<script>[\s\S]*<\/script>/, '');
    expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  it.each(Object.entries(HOSTILE))('is not harmed by a hostile name: %s', (_, name) => {
    const report = reportNamed(name);
    const texts =
      'tables' in format ? [...format.tables(report).values()] : [format.render(report, { allStates: true })];
    for (const text of texts) {
      // Nothing that a terminal acts on, that turns text around, or that is no character.
      expect(text.replaceAll(/[\n\r\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      if (id !== 'json') expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
      if (id === 'email') expect(text).not.toMatch(/<(script|img|style)/);
      if (id === 'junit') expect(isBalanced(xmlTags(text))).toBe(true);
      if (id === 'csv')
        for (const row of cellsOf(text)) for (const cell of row) expect(cell).not.toMatch(/^"?\s*[=+@]/);
      if (id === 'sarif') expect(Sarif.parse(JSON.parse(text)).runs).toHaveLength(1);
      if (id === 'chat') expect(text.length).toBeLessThan(2000);
    }
  });
});
