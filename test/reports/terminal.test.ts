import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../src/reports/terminal.js';
import { widthOf } from '../../src/reports/text.js';
import { HOSTILE, reportNamed, sampleReport } from './sample.js';

function widest(text: string): number {
  return Math.max(...text.split('\n').map(widthOf));
}

describe('renderTerminal', () => {
  it('opens with cost, saving and number of findings in one sentence', () => {
    const [first] = renderTerminal(sampleReport(), { columns: 120 }).split('\n');
    expect(first).toMatch(/^data-prod costs \$10,143\/month, \$2,440\/month \(24 %\) could be saved: 13 findings/);
  });

  it.each([40, 80, 100, 120])('keeps its lines within %i columns', (columns) => {
    expect(widest(renderTerminal(sampleReport(), { columns }))).toBeLessThanOrEqual(columns);
  });

  it('cuts no name, whatever the width', () => {
    const report = sampleReport();
    const text = renderTerminal(report, { columns: 80, top: 100 }).replaceAll(/\s+/g, '');
    for (const { state, subject } of report.findings) if (state === 'finding') expect(text).toContain(subject.name);
  });

  it('uses colour only when told, and says the same without', () => {
    const plain = renderTerminal(sampleReport(), { columns: 100 });
    const colored = renderTerminal(sampleReport(), { columns: 100, color: true });
    expect(plain).not.toContain('\u001b');
    expect(colored).toContain('\u001b[');
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });

  it('tells as many findings as asked and says how many there are', () => {
    const text = renderTerminal(sampleReport(), { columns: 100, top: 2 });
    expect(text).toContain('The 2 findings that matter most by money, risk and time, of 13');
    expect(text).not.toContain(' 3. ');
  });

  it('says where the HTML report lies', () => {
    expect(renderTerminal(sampleReport(), { htmlPath: 'out/x y.html' })).toContain('Report: out/x y.html\n');
  });

  it.each(Object.entries(HOSTILE))('is not harmed by a hostile name: %s', (_, name) => {
    const text = renderTerminal(reportNamed(name), { columns: 80, htmlPath: name });
    const lines = text.split('\n').filter((line) => !line.startsWith('Report:'));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
    expect(widest(lines.join('\n'))).toBeLessThanOrEqual(80);
    expect(lines.join('\n').length).toBeLessThan(100_000);
  });
});
