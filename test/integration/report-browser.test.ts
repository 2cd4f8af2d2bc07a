import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Report } from '../../src/model/report.js';
import { DAY_MS } from '../../src/model/window.js';
import { renderHtml } from '../../src/reports/html/index.js';
import { findingsOf } from '../../src/reports/order.js';
import { emptyReport, HOSTILE, reportNamed, reportOf, sampleReport } from '../reports/sample.js';
import { hasChromium, launch } from './browser.js';

const AxeResult = z.object({
  violations: z.array(
    z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.object({ html: z.string() })) }),
  ),
});

interface Opened {
  page: Page;
  /** Console messages, page errors, and requests for anything but the file itself. */
  trouble: string[];
  url: string;
}

describe.runIf(hasChromium())('the HTML report in Chromium', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sparkfit-browser-'));
  let browser: Browser;
  let context: BrowserContext | undefined;

  beforeAll(async () => {
    browser = await launch();
  });
  afterEach(async () => {
    await context?.close();
    context = undefined;
  });
  afterAll(async () => {
    await browser.close();
    rmSync(scratch, { recursive: true });
  });

  async function open(report: Report, { width = 1280, dark = false, hash = '' } = {}): Promise<Opened> {
    mkdirSync(scratch, { recursive: true });
    const file = join(scratch, 'report.html');
    writeFileSync(file, renderHtml(report));
    context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? 'dark' : 'light',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const trouble: string[] = [];
    const url = `file://${file}`;
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== url) trouble.push(request.url());
    });
    page.on('dialog', (dialog) => {
      trouble.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(`${url}${hash}`);
    return { page, trouble, url };
  }

  function shownCards(page: Page): Promise<number> {
    return page.locator('.findings > li:visible').count();
  }

  async function seriousIssues(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    const result = AxeResult.parse(await page.evaluate('axe.run()'));
    return result.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

  it.each([
    [360, false],
    [360, true],
    [1280, false],
    [1280, true],
  ])('is without trouble and without serious issues at %i px (dark: %s)', async (width, dark) => {
    const { page, trouble } = await open(sampleReport(), { width, dark });
    await page.click('#open-all');
    await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true");
    expect(await seriousIssues(page)).toEqual([]);
    // Nothing is wider than the screen.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(trouble).toEqual([]);
  });

  it('searches, filters and sorts', async () => {
    const report = sampleReport();
    const found = findingsOf(report);
    const { page, trouble } = await open(report);
    expect(await shownCards(page)).toBe(found.length);
    await page.keyboard.press('/');
    await page.keyboard.type('clickstream skew');
    expect(await shownCards(page)).toBe(1);
    expect(await page.textContent('#count')).toBe(`1 of ${found.length} findings`);
    await page.keyboard.press('Escape');
    expect(await shownCards(page)).toBe(found.length);
    await page.selectOption('#severity', 'critical');
    const critical = found.filter(({ severity }) => severity === 'critical').length;
    expect(await shownCards(page)).toBe(critical);
    await page.selectOption('#severity', '');
    await page.selectOption('#family', 'idle');
    expect(await shownCards(page)).toBe(found.filter(({ rule }) => rule.startsWith('idle/')).length);
    await page.selectOption('#family', '');
    await page.selectOption('#sort', 'money');
    const usd = await page.$$eval('.findings > li', (cards) =>
      cards.map((card) => card.getAttribute('data-usd')).filter((value) => value !== null),
    );
    expect(usd.map(Number)).toEqual(usd.map(Number).sort((a, b) => b - a));
    expect(trouble).toEqual([]);
  });

  it('opens the finding that a link names, also when a filter hides it', async () => {
    const report = sampleReport();
    const fingerprint = findingsOf(report).at(-1)?.fingerprint ?? '';
    const { page, trouble, url } = await open(report, { hash: `#finding=${fingerprint}` });
    const target = page.locator(`[id="finding=${fingerprint}"][open]`);
    await target.waitFor();
    await page.waitForFunction(`document.activeElement.closest('details')?.id === 'finding=${fingerprint}'`);
    const other = findingsOf(report)[0]?.fingerprint ?? '';
    await page.fill('#search', 'no such finding');
    expect(await shownCards(page)).toBe(0);
    await page.evaluate(`location.hash = 'finding=${other}'`);
    await page.locator(`[id="finding=${other}"][open]`).waitFor();
    expect(await shownCards(page)).toBe(findingsOf(report).length);
    expect(url).toMatch(/^file:/);
    expect(trouble).toEqual([]);
  });

  it('copies a patch as it is', async () => {
    const report = sampleReport();
    const first = findingsOf(report).find(({ recommendation }) => recommendation?.patches.length);
    const { page, trouble } = await open(report, { hash: `#finding=${first?.fingerprint}` });
    const card = page.locator(`[id="finding=${first?.fingerprint}"]`);
    // The button says so for two seconds by the page's clock, which stands.
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + DAY_MS);
    await card.locator('.copy').first().click();
    await card.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      first?.recommendation?.patches[0]?.content.trimEnd(),
    );
    expect(trouble).toEqual([]);
  });

  it('is worked by keyboard alone', async () => {
    const { page } = await open(sampleReport());
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.locator('.findings summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.findings details').first().getAttribute('open')).not.toBeNull();
  });

  it('holds 1,000 findings that answer to a search', async () => {
    const { page, trouble } = await open(reportOf(1000));
    const ready = await page.evaluate('performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd');
    process.stderr.write(`1,000 findings: ready after ${Math.round(Number(ready))} ms\n`);
    await page.fill('#search', 'daily-orders');
    const texts = await page.locator('.findings > li:visible').allTextContents();
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.length).toBeLessThan(1000);
    expect(texts.every((text) => text.includes('daily-orders'))).toBe(true);
    expect(trouble).toEqual([]);
  });

  it('prints with all findings open', async () => {
    const { page } = await open(sampleReport());
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('.findings details:not([open])').count()).toBe(0);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    expect(await page.locator('.toolbar').isVisible()).toBe(false);
  });

  it('has spot plans one below the other at 360 px, each cell under its heading, without scrolling sideways', async () => {
    const { page } = await open(sampleReport(), { width: 360 });
    const table = page.locator('.stacked');
    expect(await table.evaluate((box) => box.scrollWidth <= box.clientWidth)).toBe(true);
    const tops = await table
      .locator('td')
      .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().top));
    expect(tops).toEqual([...new Set(tops)].sort((a, b) => a - b));
    expect(await table.locator('td').first().getAttribute('data-label')).toBe('Advice');
  });

  it('holds when there is nothing', async () => {
    const { page, trouble } = await open(emptyReport(), { width: 360 });
    expect(await seriousIssues(page)).toEqual([]);
    expect(trouble).toEqual([]);
  });

  it.each(Object.entries(HOSTILE))('is not harmed by a hostile name: %s', async (_, name) => {
    const { page, trouble } = await open(reportNamed(name), { width: 360 });
    expect(await page.locator('script, style, img, iframe').count()).toBe(2);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(trouble).toEqual([]);
  });
});
