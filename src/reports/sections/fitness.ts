import type { ArtifactInput, Rule } from '../../analyzers/rule.js';
import type { Finding } from '../../model/finding.js';
import type { FitnessRow } from '../../model/report.js';
import { type Spend, spend, type WorkloadSpend } from '../../pricing/spend.js';
import { workloadKey } from '../../recommend/ledger.js';
import { collectedSources } from '../../store/sources.js';
import { byText } from '../order.js';
import { grouped } from './spend.js';

/** Points that a rule takes when its worst finding in the scope is of this severity; each rule counts once. */
const RISK_POINTS = { critical: 10, warning: 3, info: 0 } as const;
const MOST_RISK_POINTS = 40;
/** Rules about time, not about risk. */
const TIME_FAMILIES: ReadonlySet<string> = new Set(['spark', 'cost']);
const GRADES = [
  [90, 'A'],
  [75, 'B'],
  [60, 'C'],
  [40, 'D'],
] as const;

type Grade = NonNullable<FitnessRow['grade']>;

export function gradeOf(score: number): Grade {
  return GRADES.find(([least]) => score >= least)?.[1] ?? 'F';
}

/** Whether a finding is about what may fail: all that is critical, and what is neither money nor time. */
function isRisk({ severity, rule }: Finding, saving: ReadonlySet<string>): boolean {
  if (severity === 'critical') return true;
  return severity === 'warning' && !saving.has(rule) && !TIME_FAMILIES.has(rule.split('/')[0] ?? '');
}

/** The rules that take points, and how many. */
export function riskOf(
  found: readonly Finding[],
  saving: ReadonlySet<string>,
): Pick<FitnessRow, 'risks' | 'riskDeduction'> {
  const points = new Map<string, number>();
  for (const finding of found)
    if (isRisk(finding, saving))
      points.set(finding.rule, Math.max(points.get(finding.rule) ?? 0, RISK_POINTS[finding.severity]));
  const sum = [...points.values()].reduce((total, own) => total + own, 0);
  return { risks: [...points.keys()].sort(byText), riskDeduction: Math.min(MOST_RISK_POINTS, sum) };
}

interface Scope {
  scope: FitnessRow['scope'];
  key: string;
  workloads: WorkloadSpend[];
  /** Whether the finding's subject is in the scope. */
  holds(finding: Finding): boolean;
}

function keyOf({ workload }: WorkloadSpend): string {
  return workloadKey(workload.namespace, workload.kind, workload.name);
}

function rowOf({ scope, key, workloads, holds }: Scope, context: Context): FitnessRow {
  const { findings, saving, spent } = context;
  const own = findings.filter(holds);
  const found = own.filter(({ state }) => state === 'finding');
  const risk = riskOf(found, saving);
  const priced = workloads.filter(({ pricedHours }) => pricedHours > 0);
  const month = spent.toMonth;
  const usdPerMonth =
    priced.length > 0 && month !== null ? priced.reduce((sum, { usd }) => sum + usd * month, 0) : null;
  const keys = new Set(workloads.map(keyOf));
  const ofWorkloads = own.filter(
    ({ rule, subject }) => saving.has(rule) && keys.has(workloadKey(subject.namespace, subject.kind, subject.name)),
  );
  // Silence is no praise: some rule must have had the data to judge.
  const judged = ofWorkloads.some(({ state }) => state === 'finding' || state === 'ok');
  if (!usdPerMonth || !judged)
    return {
      scope,
      key,
      usdPerMonth,
      recoverableUsdPerMonth: null,
      wellSpentShare: null,
      ...risk,
      score: null,
      grade: null,
    };
  const recoverable = ofWorkloads.reduce((sum, { impact }) => sum + Math.max(0, impact.usdPerMonth ?? 0), 0);
  const wellSpentShare = Math.min(1, Math.max(0, 1 - recoverable / usdPerMonth));
  const score = Math.max(0, 100 * wellSpentShare - risk.riskDeduction);
  return {
    scope,
    key,
    usdPerMonth,
    recoverableUsdPerMonth: recoverable,
    wellSpentShare,
    ...risk,
    score,
    grade: gradeOf(Math.round(score)),
  };
}

interface Context {
  findings: readonly Finding[];
  /** Rules whose findings save money. */
  saving: ReadonlySet<string>;
  spent: Spend;
}

function scopesOf(parts: readonly WorkloadSpend[]): Scope[] {
  const namespaces = grouped(parts, ({ workload }) => workload.namespace);
  const families = parts.filter(({ workload }) => workload.kind.endsWith('SparkApplication'));
  return [
    ...[...namespaces].map(
      ([namespace, workloads]): Scope => ({
        scope: 'namespace',
        key: namespace,
        workloads,
        holds: ({ subject }) => subject.namespace === namespace,
      }),
    ),
    ...families.map(
      (own): Scope => ({
        scope: 'family',
        key: `${own.workload.namespace}/${own.workload.name}`,
        workloads: [own],
        holds: ({ subject }) => subject.namespace === own.workload.namespace && subject.name === own.workload.name,
      }),
    ),
  ];
}

/** The worst first, those without a score last; empty where use or pods were never collected. */
export function fitnessSection(
  input: ArtifactInput,
  findings: readonly Finding[],
  rules: readonly Rule[],
): FitnessRow[] {
  const there = collectedSources(input.db);
  if (!there.has('kubernetes') || !there.has('prometheus')) return [];
  const spent = input.get(spend);
  const saving = new Set(rules.filter(({ ledger }) => ledger !== null).map(({ id }) => id));
  const parts = [...spent.workloads.values()].filter(({ hours }) => hours > 0);
  return scopesOf(parts)
    .map((scope) => rowOf(scope, { findings, saving, spent }))
    .sort((a, b) => byText(b.scope, a.scope) || (a.score ?? 101) - (b.score ?? 101) || byText(a.key, b.key));
}
