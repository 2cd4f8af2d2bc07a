import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Benchmarks of the tool itself run from the build when somebody asks; what they import must not go away unseen. */
const FOLDER = 'benchmarks/self';
const IMPORT = /import \{([^}]+)\} from '(?:\.\.\/)+dist\/([^']+)\.js'/g;

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
const imports = files.flatMap((file) =>
  [...readFileSync(join(FOLDER, file), 'utf8').matchAll(IMPORT)].flatMap(([, names = '', module = '']) =>
    names
      .split(',')
      .map((name) => name.trim().split(' as ')[0] ?? '')
      .filter((name) => name !== '')
      .map((name): [string, string, string] => [file, name, module]),
  ),
);

describe('what benchmarks import of the build', () => {
  it('is found', () => {
    expect(imports.length).toBeGreaterThan(10);
  });

  it.each(imports)('%s: %s of %s', async (_, name, module) => {
    const path = resolve('src', `${module}.ts`);
    const loaded: Record<string, unknown> = await import(path);
    expect(loaded[name]).toBeDefined();
  });
});
