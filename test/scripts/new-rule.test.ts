import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const copy = mkdtempSync(join(tmpdir(), 'sparkfit-new-rule-'));
const WRITTEN = ['src/analyzers/sizing/too-many.ts', 'test/analyzers/sizing/too-many.test.ts'];

beforeAll(() => {
  for (const part of [
    'src',
    'scripts',
    'docs',
    'test/support',
    'test/analyzers/fixture.ts',
    'package.json',
    'biome.json',
    'tsconfig.json',
    'vitest.config.ts',
  ])
    cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true }));

function newRule(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/new-rule.mjs', ...words], {
    cwd: copy,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function tool(...words: string[]): string {
  return execFileSync(process.execPath, words, { cwd: copy, encoding: 'utf8' });
}

describe('npm run new:rule', () => {
  it.each([[''], ['sizing'], ['Sizing/x'], ['sizing/x/y'], ['sizing/Too-Big'], ['../evil'], ['nofamily/x']])(
    'refuses the id %j',
    (id) => {
      expect(newRule(id)).toMatchObject({ status: 2, stderr: expect.stringContaining('npm run new:rule') });
    },
  );

  it('writes a rule, its test, its page and its line in the registry, which pass every check', () => {
    expect(newRule('sizing/too-many')).toMatchObject({ status: 0, stderr: '' });
    const index = readFileSync(join(copy, 'src/analyzers/sizing/index.ts'), 'utf8');
    expect(index).toContain("import { sizingTooMany } from './too-many.js';");
    expect(index).toMatch(/memoryOverRequested,[\s\w,]*sizingTooMany\b/);
    tool(
      'node_modules/@biomejs/biome/bin/biome',
      'check',
      '--error-on-warnings',
      '--vcs-enabled=false',
      ...WRITTEN,
      'src/analyzers/sizing/index.ts',
    );
    tool('node_modules/vitest/vitest.mjs', 'run', WRITTEN[1] ?? '');
    expect(readFileSync(join(copy, 'docs/rules/sizing/too-many.md'), 'utf8')).toMatch(/^# sizing\/too-many\n/);
  });

  it('overwrites nothing', () => {
    expect(newRule('idle/volume')).toMatchObject({ status: 2, stderr: expect.stringContaining('is there already') });
  });
});
