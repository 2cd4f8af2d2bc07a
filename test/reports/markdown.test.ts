import { describe, expect, it } from 'vitest';
import { escapeMarkdown, renderMarkdown } from '../../src/reports/markdown.js';
import { HOSTILE, reportNamed, reportOf, sampleReport } from './sample.js';

/** Comments of GitHub have at most 65,536 characters. */
const COMMENT = 65_536;

function tableRows(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('| '));
}

/** Pipes that end a cell: not escaped. */
function cells(row: string): number {
  return row.replaceAll('\\\\', '').replaceAll('\\|', '').split('|').length - 2;
}

describe('renderMarkdown', () => {
  it('tells the top findings in a table and folds the details', () => {
    const text = renderMarkdown(sampleReport(), { top: 3 });
    expect(tableRows(text).filter((row) => /^\| \d/.test(row))).toHaveLength(3);
    expect(text).toContain('10 more findings in the full report.');
    expect(text.match(/<details>/g)).toHaveLength(3);
    expect(text).toContain('<summary>Spark families on spot (');
  });

  it('fits into a comment, however many findings are told', () => {
    const text = renderMarkdown(reportOf(150), { top: 150 });
    expect(text.length).toBeLessThan(COMMENT);
    expect(text).toMatch(/Details of \d+ more findings are in the JSON and HTML reports\./);
  });

  it('does not let outside text mention, link or format', () => {
    expect(escapeMarkdown('@ops *x* <b> https://a.example')).toBe(
      '@\u200bops \\*x\\* &lt;b&gt; https:\u200b//a.example',
    );
  });

  it.each(Object.entries(HOSTILE))('is not harmed by a hostile name: %s', (_, name) => {
    const text = renderMarkdown(reportNamed(name));
    const outsideCode = text
      .replaceAll(/^(`{3,})[^`\n]*\n[\s\S]*?\n\1$/gm, '')
      .replaceAll(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
    expect(outsideCode.replaceAll(/<\/?(details|summary)>/g, '')).not.toMatch(/<[a-z/]/i);
    expect(outsideCode).not.toMatch(/[^\\]\]\(/);
    expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e]/u);
    expect(new Set(tableRows(text).map(cells))).toEqual(new Set([6, 5, 3]));
    expect(text.match(/<details>/g)).toEqual(
      name === HOSTILE.markdown ? expect.anything() : ['<details>', '<details>', '<details>'],
    );
    expect(text.length).toBeLessThan(COMMENT);
  });
});
