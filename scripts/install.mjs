#!/usr/bin/env node
// npm ci, unless what is installed already is what package-lock.json names: building better-sqlite3 takes minutes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const MARK = 'node_modules/.sparkfit-installed';
const wanted = createHash('sha256')
  .update(readFileSync('package-lock.json'))
  .update(process.versions.modules)
  .digest('hex');
if (!existsSync(MARK) || readFileSync(MARK, 'utf8') !== wanted) {
  console.error('installing the dependencies (npm ci); better-sqlite3 is compiled where no prebuilt binary can be had');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  writeFileSync(MARK, wanted);
}
