#!/usr/bin/env node
// npm run example: the demo's report as the committed example under reports/example, and the picture in the README
// where Chromium is installed.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'sparkfit-example-'));
execFileSync(process.execPath, ['dist/cli/main.js', 'demo', '--output', scratch], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
mkdirSync('reports/example', { recursive: true });
for (const extension of ['html', 'json', 'md'])
  copyFileSync(join(scratch, `sparkfit-report.${extension}`), `reports/example/sparkfit-report.${extension}`);
mkdirSync('docs/images', { recursive: true });
try {
  const page = `file://${resolve('reports/example/sparkfit-report.html')}`;
  const words = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--window-size=1280,1100',
    `--screenshot=${resolve('docs/images/report.png')}`,
    page,
  ];
  execFileSync('chromium', words, { stdio: 'ignore' });
} catch {
  console.error('chromium is not installed: docs/images/report.png stays as it was');
}
rmSync(scratch, { recursive: true });
