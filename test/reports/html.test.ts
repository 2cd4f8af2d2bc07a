import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/reports/html/index.js';
import { escapeHtml, html } from '../../src/reports/html/template.js';
import { emptyReport, HOSTILE, reportNamed, reportOf, sampleReport } from './sample.js';

function tags(page: string): string[] {
  return page.match(/<[a-z!/][^>]*>/gi) ?? [];
}

function tagNames(page: string): string[] {
  return [...new Set(tags(page).map((tag) => /^<\/?[a-z!0-9]+/i.exec(tag)?.[0] ?? tag))].sort();
}

describe('html', () => {
  it('escapes every value but its own markup', () => {
    expect(html`<p title="${'"x"'}">${'<b>'}${html`<i>${'&'}</i>`}${[1, null, false]}</p>`.text).toBe(
      '<p title="&quot;x&quot;">&lt;b&gt;<i>&amp;</i>1</p>',
    );
  });

  it('shows control characters instead of sending them', () => {
    expect(escapeHtml('a\u0000b\u202ec')).toBe('a\\u0000b\\u202ec');
  });
});

describe('renderHtml', () => {
  const page = renderHtml(sampleReport());

  it('asks for nothing from outside', () => {
    const outer = tags(page).filter((tag) =>
      /\s(src|srcset|data|action|poster|xlink:href)=|<(link|iframe|object|embed|img)\b/i.test(tag),
    );
    expect(outer).toEqual([]);
    expect(page).not.toMatch(/@import|url\(/);
  });

  it('allows its own style and script only, by their hashes', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? '';
    for (const element of ['style', 'script']) {
      const text = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(page)?.[1] ?? '';
      expect(policy).toContain(`${element}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(page).not.toMatch(/<[^>]+\s(style|on[a-z]+)="/);
  });

  it('gives each finding an address', () => {
    const report = sampleReport();
    for (const { state, fingerprint } of report.findings) {
      const id = `id="finding=${fingerprint}"`;
      if (state === 'finding') expect(page).toContain(id);
      else expect(page).not.toContain(id);
    }
  });

  it('gives no id twice, even when runs share a fingerprint', () => {
    const report = sampleReport();
    report.findings.push(...report.findings);
    const ids = renderHtml(report).match(/\sid="[^"]*"/g) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('answers a question with each chart, with a picture that has a name and the figures as a table', () => {
    const figures = page.match(/<figure[\s\S]*?<\/figure>/g) ?? [];
    const questions = figures.map((figure) => /<h3[^>]*>([^<]*)<\/h3>/.exec(figure)?.[1]?.replace('&#39;', "'"));
    expect(questions).toEqual([
      'How did cost and possible savings move from night to night?',
      'Where does the money go, and how much of it is not used?',
      'Who asks for more CPU than they use?',
      'Who asks for more memory than they use?',
      "Where did each Spark run's time go?",
      'What held up etl/daily-orders?',
      'What if etl/daily-orders had more or fewer executors?',
      'Which zone was cheapest on spot for m5.2xlarge (Linux/UNIX)?',
      'Which zone was cheapest on spot for r5.2xlarge (Linux/UNIX)?',
      'Which zone was cheapest on spot for g4dn.xlarge (Linux/UNIX)?',
      'At which hour and in which zone is m5.2xlarge cheap?',
    ]);
    for (const figure of figures) {
      expect(figure).toMatch(/<svg [^>]*role="img" aria-label="[^"]+"/);
      expect(figure).toContain('<table>');
      expect(figure).toMatch(/class="note">[^<]*UTC/);
    }
  });

  it('draws the backtest of a size with what was chosen, what is set today and the exam', () => {
    const chart = /<h5>Would the new size have been enough\?<\/h5>[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
    expect(chart).toContain('chosen 2.4 cores');
    expect(chart).toContain('today 8 cores, above the picture');
    // A gap in the measurements breaks the line: two strokes begin.
    expect(/<path[^>]* d="([^"]*)"/.exec(chart)?.[1]?.match(/M/g)).toHaveLength(2);
    expect(chart).toContain('2021-05-24 00:00 to 2021-05-31 00:00 UTC');
    expect(chart).toMatch(/<rect class="exam" x="57.14%" width="42.86%"/);
  });

  it('shades zone and hour by steps above the cheapest, and leaves unknown hours empty', () => {
    const figure = /<figure[^>]*id="spot-hours-0"[\s\S]*?<\/figure>/.exec(page)?.[0] ?? '';
    expect(figure.match(/<rect class="heat-none"/g)).toHaveLength(1);
    const shadeOf = (title: string) => new RegExp(`class="([^"]*)"[^>]*><title>${title}:`).exec(figure)?.[1];
    expect([shadeOf('us-east-1a, 08:00'), shadeOf('us-east-1a, 09:00')]).toEqual(['heat-0', 'heat-3']);
    expect(figure).toContain('hours on the clock of Europe/Berlin');
    expect(page).toContain('Where and when is each Spark family best run on spot?');
  });

  it('gives scores with their definition, and none where data is insufficient', () => {
    const scores = page.match(/<li class="score">[\s\S]*?<\/li>/g) ?? [];
    expect(scores).toHaveLength(4);
    expect(scores.filter((score) => score.includes('insufficient data'))).toHaveLength(1);
    expect(page).toContain('<strong>Score</strong> = 100 × the share of the cost');
  });

  it('says ties, unknown prices and an axis that does not start at zero in words', () => {
    expect(page).toContain('us-east-1a and us-east-1b tie as the cheapest');
    expect(page).toContain('The axis starts at $0.14/hour, not at zero.');
    expect(page).toContain('price unknown');
    expect(page).toContain('price unknown');
  });

  it('holds when there is nothing', () => {
    const empty = renderHtml(emptyReport());
    expect(empty).toContain('What data-prod costs is not known (no prices)');
    expect(empty).not.toContain('<figure');
    expect(empty.replace(/<script>[\s\S]*<\/script>/, '')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('stays below 5 MB with 1,000 findings and lists those beyond', () => {
    const text = renderHtml(reportOf(1200));
    expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
    expect(text.match(/<li class="card"/g)).toHaveLength(1000);
    expect(text).toContain('200 more findings, one line each');
  });

  it.each(Object.entries(HOSTILE))('is not harmed by a hostile name: %s', (_, name) => {
    const text = renderHtml(reportNamed(name));
    expect(tagNames(text).filter((tag) => !tagNames(page).includes(tag))).toEqual([]);
    expect(text.match(/<(script|style)\b/g)).toEqual(['<style', '<script']);
    expect(tags(text).filter((tag) => /\son[a-z]+=/.test(tag.replaceAll(/"[^"]*"/g, '""')))).toEqual([]);
    expect(text).not.toMatch(/href="(?!#|https:)/);
    expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e]/u);
    expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
  });
});
