import { Config } from '../../src/config/schema.js';
import { stepFinding } from '../../src/findings/step.js';
import type { FindingRecord } from '../../src/model/lifecycle.js';
import { found } from '../findings/finding.js';

export const AT = Date.parse('2026-05-20T02:00:00Z');

/** An open finding of its own subject. */
export function open(name: string, part: Parameters<typeof found>[0] = {}): FindingRecord {
  const finding = found({
    sure: 1,
    severity: 'critical',
    subject: { kind: 'Deployment', cluster: 'prod', namespace: 'web', name },
    ...part,
  });
  const step = stepFinding(
    undefined,
    { kind: 'found', finding },
    { cluster: 'prod', atMs: AT },
    Config.parse({}).findings,
  );
  if (!step) throw new Error('no record');
  return step.record;
}
