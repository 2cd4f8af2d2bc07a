import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Report } from '../../src/model/report.js';

const Packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }));

function versionOf(folder: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
    .version;
}

/** The package as its users get it: packed, installed with its dependencies, run. */
describe('npm pack', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sparkfit-pack-'));
  let files: string[];

  beforeAll(() => {
    const said = execFileSync('npm', ['pack', '--json', '--pack-destination', scratch], { encoding: 'utf8' });
    const [packed] = Packed.parse(JSON.parse(said));
    files = packed?.files.map(({ path }) => path) ?? [];
    const archive = join(scratch, packed?.filename ?? '');
    const words = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--prefix', scratch];
    execFileSync('npm', [...words, archive], { stdio: ['ignore', 'ignore', 'inherit'] });
    // Compiling SQLite takes minutes; this checkout has compiled the same version for the same Node.
    const native = join('node_modules', 'better-sqlite3');
    if (versionOf(join(scratch, native)) === versionOf(native))
      cpSync(join(native, 'build'), join(scratch, native, 'build'), { recursive: true });
    else
      execFileSync('npm', ['rebuild', 'better-sqlite3', '--prefix', scratch], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
  }, 600_000);
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('holds what runs and what is read, and neither sources nor tests', () => {
    expect(files).toContain('dist/cli/main.js');
    expect(files).toContain('docs/first-report.md');
    expect(files).toContain('deploy/kustomization.yaml');
    expect(files).toContain('LICENSE');
    expect(files.filter((path) => /^(src|test|node_modules|\.ci)\//.test(path))).toEqual([]);
  });

  it('gives a command that runs the demo', () => {
    const command = join(scratch, 'node_modules', '.bin', 'sparkfit');
    expect(execFileSync(command, ['--version'], { encoding: 'utf8' }).trim()).toBe(versionOf('.'));
    const said = execFileSync(command, ['demo', '--json', '--output', join(scratch, 'demo')], {
      encoding: 'utf8',
      cwd: scratch,
      maxBuffer: 64 * 2 ** 20,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(Report.parse(JSON.parse(said)).totals.findings).toBeGreaterThan(10);
    expect(existsSync(join(scratch, 'demo', 'sparkfit-report.html'))).toBe(true);
  });
});
