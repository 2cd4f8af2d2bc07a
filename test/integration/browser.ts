import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** The system's Chromium; none is downloaded. */
export const CHROMIUM = process.env.SPARKFIT_CHROMIUM ?? '/usr/bin/chromium';

/** Said loudly where it is missing: the tests that need it are skipped. */
export function hasChromium(): boolean {
  if (existsSync(CHROMIUM)) return true;
  process.stderr.write(
    `\n!! SKIPPED: ${CHROMIUM} is not there (apt-get install chromium, or set SPARKFIT_CHROMIUM)\n\n`,
  );
  return false;
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
