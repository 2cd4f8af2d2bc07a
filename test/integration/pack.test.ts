import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Report } from '../../src/model/report.js';

const Packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }));

const Lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({ dependencies: z.unknown().optional() })) });

/** The dependencies that are tested here, from npm's cache: what the registry has new today is another matter. */
function pinAsHere(folder: string): void {
  const lock = Lock.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const root = { name: 'user', dependencies: lock.packages['']?.dependencies };
  const packages = { ...lock.packages, '': root };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, name: root.name, packages }));
}

/** The package as its users get it: packed, installed with its dependencies, run. */
describe('npm pack', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sparkfit-pack-'));
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
  let files: string[];

  beforeAll(() => {
    const said = execFileSync('npm', ['pack', '--json', '--pack-destination', scratch], { encoding: 'utf8' });
    const [packed] = Packed.parse(JSON.parse(said));
    files = packed?.files.map(({ path }) => path) ?? [];
    const archive = join(scratch, packed?.filename ?? '');
    pinAsHere(scratch);
    const words = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--omit=dev'];
    execFileSync('npm', [...words, '--prefix', scratch, archive], { stdio: ['ignore', 'ignore', 'inherit'] });
    // Compiling SQLite takes minutes; this checkout has compiled the same version for the same Node.
    const built = join('node_modules', 'better-sqlite3', 'build');
    cpSync(built, join(scratch, built), { recursive: true });
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
    expect(execFileSync(command, ['--version'], { encoding: 'utf8' }).trim()).toBe(version);
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
