import { describe, expect, it } from 'vitest';
import { findingsInTurn, findingsOf } from '../../src/reports/order.js';
import { sampleReport } from './sample.js';

function withImpacts(...impacts: [usdPerMonth: number | null, secondsPerRun: number | null][]) {
  const report = sampleReport();
  const [model] = findingsOf(report);
  if (!model) throw new Error('the sample holds no finding');
  report.findings = impacts.map(([usdPerMonth, secondsPerRun], i) => ({
    ...model,
    severity: 'warning',
    fingerprint: String(i),
    impact: { ...model.impact, usdPerMonth, secondsPerRun },
  }));
  return report;
}

const order = (report: ReturnType<typeof sampleReport>) => findingsInTurn(report).map(({ fingerprint }) => fingerprint);

describe('findingsInTurn', () => {
  it('takes the next of money, of risk and of time by turns', () => {
    const report = withImpacts([null, null], [null, null], [10, null], [20, 5], [null, 60], [null, 90]);
    expect(order(report)).toEqual(['3', '0', '5', '2', '1', '4']);
  });

  it('goes on with what is left where one of them ends', () => {
    expect(order(withImpacts([null, null], [null, null], [1, null]))).toEqual(['2', '0', '1']);
  });

  it('counts a saving or a time of nothing as a risk', () => {
    expect(order(withImpacts([0, 0], [1, null]))).toEqual(['1', '0']);
  });

  it('tells every finding once', () => {
    const report = sampleReport();
    expect(new Set(findingsInTurn(report))).toEqual(new Set(findingsOf(report)));
  });
});
