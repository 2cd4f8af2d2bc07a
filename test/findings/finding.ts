import { fingerprintOf } from '../../src/model/finding.js';
import type { ReportFinding } from '../../src/model/report.js';

/** A finding as an evaluation gives it. */
export function found(part: Partial<ReportFinding> & { usd?: number | null; sure?: number } = {}): ReportFinding {
  const { usd = 50, sure = 0.7, ...rest } = part;
  const rule = rest.rule ?? 'idle/workload';
  const subject = rest.subject ?? { kind: 'Deployment', cluster: 'prod', namespace: 'web', name: 'api' };
  return {
    rule,
    state: 'finding',
    severity: 'warning',
    fingerprint: fingerprintOf(rule, subject),
    subject,
    title: 'Does nothing',
    evidence: [],
    impact: { usdPerMonth: usd, freedCpuCores: null, freedMemoryBytes: null, secondsPerRun: null },
    confidence: { value: sure, why: 'five days' },
    recommendation: { summary: 'Delete it.', patches: [], backtest: null },
    links: {},
    ...rest,
  };
}
