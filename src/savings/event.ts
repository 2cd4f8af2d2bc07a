import { AlertEvent, cut, cutSummary } from '../alerts/event.js';
import { familyOf } from '../alerts/groups.js';
import { type Subject, subjectText } from '../model/finding.js';
import type { FindingRecord } from '../model/lifecycle.js';
import type { FieldChange } from '../model/savings.js';
import { formatUsdPerMonth } from '../reports/format.js';
import { shown } from '../reports/text.js';
import { changeText } from './render.js';

interface Applied {
  fingerprint: string;
  cluster: string;
  rule: string;
  subject: Subject;
  promisedUsdPerMonth: number | null;
  appliedMs: number;
  changes: FieldChange[];
}

/** Tells receivers that a change which a finding asked for was made. */
export function changeEvent(saving: Applied, record: FindingRecord | undefined): AlertEvent {
  const { fingerprint, cluster, rule, subject, promisedUsdPerMonth: usd, appliedMs } = saving;
  const where = shown(subjectText(subject));
  const what = saving.changes.map(changeText).join(', ');
  const promise = usd === null ? '' : ` (promised ${formatUsdPerMonth(usd)})`;
  return AlertEvent.parse({
    action: 'change',
    key: `sparkfit-change-${fingerprint}-${appliedMs}`,
    cluster,
    family: familyOf(rule),
    severity: 'info',
    summary: cutSummary(`${where}: ${what}${promise}`),
    atMs: appliedMs,
    usdPerMonth: usd,
    total: 1,
    members: [
      {
        ...{ fingerprint, rule, severity: record?.severity ?? 'info', title: cut(shown(record?.title ?? what)) },
        ...{ where: cut(where), usdPerMonth: usd, confidence: record?.confidence ?? 0, change: cut(what) },
      },
    ],
  });
}
