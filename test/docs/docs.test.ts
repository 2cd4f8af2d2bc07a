import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RULES } from '../../src/analyzers/registry.js';
import { configurationPage } from '../../src/config/page.js';

const HEADINGS = ['## What it means', '## How it is computed', '## What to do', '## When it is wrong'];
const Package = z.object({ dependencies: z.record(z.string(), z.string()), scripts: z.record(z.string(), z.string()) });
const { dependencies, scripts } = Package.parse(JSON.parse(readFileSync('package.json', 'utf8')));

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
}
const pages = ['README.md', 'CHANGELOG.md', ...markdownFiles('docs')];

describe.each(RULES.map((rule) => [rule.id, rule] as const))('the page of %s', (id, rule) => {
  const page = `docs/rules/${id}.md`;
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
  const lines = text.split('\n');

  it('has its headings in order, and something below each', () => {
    expect(lines[0]).toBe(`# ${id}`);
    expect(lines.filter((line) => line.startsWith('#')).slice(1)).toEqual(HEADINGS);
    for (const heading of HEADINGS) expect(text).toMatch(new RegExp(`${heading}\\n+[^#\\s]`));
  });

  it('begins with one sentence', () => {
    expect(lines[2]).toMatch(/^[A-Z].*\.$/);
  });

  it('names every parameter', () => {
    const named = [...text.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    expect(named.sort()).toEqual(Object.keys(rule.parameters.shape).sort());
  });
});

describe('rules', () => {
  it('have ids of their own and describe every parameter', () => {
    const ids = RULES.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, parameters } of RULES)
      for (const [name, schema] of Object.entries(parameters.shape)) {
        const { description } = schema instanceof z.ZodType ? (schema.meta() ?? {}) : {};
        expect({ id, name, described: Boolean(description) }).toEqual({ id, name, described: true });
      }
  });

  it('have a test that names them', () => {
    const tests = readdirSync('test', { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts') && !entry.parentPath.endsWith('docs'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const fileOf = (id: string) => existsSync(`test/analyzers/${id}.test.ts`);
    const untested = RULES.filter(({ id }) => !fileOf(id) && !tests.some((text) => text.includes(`'${id}'`)));
    expect(untested.map(({ id }) => id)).toEqual([]);
  });
});

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    const text = readFileSync(page, 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const local = links.filter((link) => !/^([a-z]+:|#)/.test(link)).map((link) => link.split('#')[0] ?? '');
    expect(local.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });

  it.each(pages)('of %s name only scripts that there are', (page) => {
    const named = [...readFileSync(page, 'utf8').matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('is what npm run docs:config writes', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toBe(configurationPage());
  });
});

describe('docs/dependencies.md', () => {
  it('says why each is here', () => {
    const text = readFileSync('docs/dependencies.md', 'utf8');
    expect(Object.keys(dependencies).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
