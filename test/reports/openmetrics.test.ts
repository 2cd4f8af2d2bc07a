import { describe, expect, it } from 'vitest';
import { renderMetrics, renderOpenMetrics } from '../../src/reports/openmetrics.js';
import { emptyReport, HOSTILE, reportNamed, sampleReport } from './sample.js';

/** A sample of the text format: name, labels in quotes, a number. */
const SAMPLE = /^[a-z_]+\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,|(?=\})))*\} -?\d+(\.\d+)?(e[+-]?\d+)?$/;

function samples(text: string): string[] {
  return text.split('\n').filter((line) => line && !line.startsWith('#'));
}

describe('renderOpenMetrics', () => {
  it('tells cost, savings, findings, sources and scores', () => {
    const text = renderOpenMetrics(sampleReport());
    for (const line of [
      'sparkfit_savings_usd_per_month{cluster="data-prod"} 2439.91',
      'sparkfit_source_ok{cluster="data-prod",source="prometheus"} 0',
      'sparkfit_source_ok{cluster="data-prod",source="kubernetes"} 1',
      'sparkfit_report_window_seconds{cluster="data-prod"} 604800',
      'sparkfit_fitness_score{cluster="data-prod",scope="namespace",key="web"} 90',
    ])
      expect(samples(text)).toContain(line);
    expect(text).toMatch(/sparkfit_findings\{cluster="data-prod",rule="[^"]+",severity="critical"\} \d/);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it('has no sample for what is not known', () => {
    expect(renderOpenMetrics(emptyReport())).not.toMatch(/^sparkfit_(cost|savings)_usd/m);
    expect(renderMetrics([{ name: 'a', help: '', samples: [{ labels: {}, value: null }] }])).toBe('# EOF\n');
  });

  it('gives no series twice', () => {
    const names = samples(renderOpenMetrics(sampleReport())).map((line) => line.replace(/ \S+$/, ''));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(Object.entries(HOSTILE))('is not harmed by a hostile name: %s', (_, name) => {
    const report = reportNamed(name);
    const lines = samples(renderOpenMetrics(report));
    expect(lines.filter((line) => !SAMPLE.test(line))).toEqual([]);
  });
});
