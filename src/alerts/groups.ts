import type { Config } from '../config/schema.js';
import { compareRecords } from '../findings/mute.js';
import { SEVERITIES, subjectText } from '../model/finding.js';
import type { FindingRecord } from '../model/lifecycle.js';
import { formatCount, formatUsdPerMonth } from '../reports/format.js';
import { shown } from '../reports/text.js';
import { type AlertEvent, type AlertMember, cut, cutSummary, groupKey, MOST_MEMBERS } from './event.js';

/** What has alerted goes on until it costs less than this share of the floor. */
const KEEP_SHARE = 0.8;

type Floors = Pick<Config['alerts'], 'minUsdPerMonth' | 'minSeverity'>;

/** Whether a finding is worth an alert. Open ones of which a night says nothing stay. */
export function isWorthAlert(record: FindingRecord, floors: Floors, wasIn: boolean): boolean {
  const { state, mute, severity, usdPerMonth } = record;
  if (state !== 'open' || mute) return false;
  if (SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(floors.minSeverity)) return true;
  const floor = floors.minUsdPerMonth * (wasIn ? KEEP_SHARE : 1);
  return usdPerMonth !== null && usdPerMonth > 0 && usdPerMonth >= floor;
}

export function familyOf(rule: string): string {
  return rule.split('/')[0] ?? rule;
}

function memberOf({
  fingerprint,
  rule,
  severity,
  title,
  subject,
  usdPerMonth,
  confidence,
  body,
}: FindingRecord): AlertMember {
  return {
    fingerprint,
    rule,
    severity,
    title: cut(shown(title)),
    where: cut(shown(subjectText(subject))),
    usdPerMonth,
    confidence,
    change: cut(shown(body.recommendation?.summary ?? '')),
  };
}

function sumKnown(records: readonly FindingRecord[]): number | null {
  const known = records.map(({ usdPerMonth }) => usdPerMonth).filter((usd) => usd !== null);
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : null;
}

function summaryOf(cluster: string, family: string, records: readonly FindingRecord[]): string {
  const [first] = records;
  const usd = sumKnown(records);
  const money = usd === null ? '' : `, ${formatUsdPerMonth(usd)}`;
  const count = formatCount(records.length, `${family} finding`);
  const title = first ? `${shown(first.title)} (${shown(subjectText(first.subject))})` : '';
  const more = records.length > 1 ? ` and ${records.length - 1} more` : '';
  return cutSummary(`${shown(cluster)}: ${count}${money}: ${cut(title, 700)}${more}`);
}

/** Tonight's groups, one per family of rules: a bad night of one kind is one page, whatever the number of its findings. */
export function groupsOf(
  records: readonly FindingRecord[],
  where: { cluster: string; atMs: number },
  floors: Floors,
  wasIn: ReadonlySet<string>,
): AlertEvent[] {
  const families = new Map<string, FindingRecord[]>();
  for (const record of records) {
    if (!isWorthAlert(record, floors, wasIn.has(record.fingerprint))) continue;
    const family = familyOf(record.rule);
    families.set(family, [...(families.get(family) ?? []), record]);
  }
  return [...families].map(([family, own]) => {
    const members = own.sort(compareRecords);
    const worst = Math.min(...members.map(({ severity }) => SEVERITIES.indexOf(severity)));
    return {
      action: 'trigger',
      key: groupKey(where.cluster, family),
      ...where,
      family,
      severity: SEVERITIES[worst] ?? 'warning',
      summary: summaryOf(where.cluster, family, members),
      usdPerMonth: sumKnown(members),
      total: members.length,
      members: members.slice(0, MOST_MEMBERS).map(memberOf),
    };
  });
}
