import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Made when all of it is there: an installation that was cut short leaves a part. */
const INSTALLED = 'sparkfit-installed';
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

export interface PySpark {
  /** Why it cannot be had; empty if it is there. */
  missing: string;
  python: string;
  /** The folder with `jars`. */
  home: string;
}

function homeIn(venv: string): string | undefined {
  const lib = join(venv, 'lib');
  const pythons = existsSync(lib) ? readdirSync(lib) : [];
  const homes = pythons.map((name) => join(lib, name, 'site-packages/pyspark'));
  return existsSync(join(venv, INSTALLED)) ? homes.find((home) => existsSync(join(home, 'jars'))) : undefined;
}

/** PySpark from the package index, kept between runs. */
export function installPySpark(version: '3.5' | '4.0'): PySpark {
  const venv = join(CACHE, `sparkfit-pyspark-${version}`);
  const found = (missing = ''): PySpark => ({ missing, python: join(venv, 'bin/python'), home: homeIn(venv) ?? '' });
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    if (homeIn(venv) !== undefined) return found();
    process.stderr.write(`installing PySpark ${version} into ${venv}\n`);
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'ignore' });
    execFileSync(join(venv, 'bin/pip'), ['install', '-q', `pyspark==${version}.*`], {
      stdio: 'ignore',
      timeout: 540_000,
    });
    writeFileSync(join(venv, INSTALLED), '');
    return found();
  } catch (error) {
    return found(`Java, python3 and the package pyspark are needed: ${error instanceof Error ? error.message : error}`);
  }
}
