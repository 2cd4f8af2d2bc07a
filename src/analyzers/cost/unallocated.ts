import { z } from 'zod';
import type { Evaluation, Evidence, Subject } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import { type NodeMoney, nodeMoney } from '../derived/node-money.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  targetPercent: z
    .number()
    .min(0)
    .max(100)
    .default(35)
    .describe('share of what nodes cost that may be neither requested nor used'),
  leastHours: z.number().positive().default(24).describe('measured hours that are needed'),
});
type Settings = z.infer<typeof parameters>;

const TITLE = 'Idle share';
const GROUPS_SHOWN = 3;
/** Below this share of priced node-hours the rest could turn the answer. */
const LEAST_COVERAGE = 0.8;

/** Karpenter takes nodes away whose pods fit elsewhere. Source: karpenter.sh, Disruption. */
const CONSOLIDATION = `spec:
  disruption:
    consolidationPolicy: WhenEmptyOrUnderutilized
    consolidateAfter: 5m
`;

function finding(money: NodeMoney, percent: number, subject: Subject, window: Window, settings: Settings): Evaluation {
  const { usd, idleUsd, toMonth, nodeHours, groups } = money;
  const perMonth = (value: number) => (toMonth === null ? null : value * toMonth);
  const evidence = (metric: string, value: Evidence['value'], unit: string): Evidence => ({
    metric,
    value,
    unit,
    window,
    samples: Math.round(nodeHours),
  });
  const worst = groups.toSorted((a, b) => b.idleUsd - a.idleUsd).slice(0, GROUPS_SHOWN);
  return {
    state: 'finding',
    subject,
    title: `${percent.toFixed(0)} % of what its nodes cost is neither requested nor used (target ${settings.targetPercent} %)`,
    evidence: [
      evidence('idle share of node cost', percent, '%'),
      evidence('idle', perMonth(idleUsd), 'USD/month'),
      evidence('nodes', perMonth(usd), 'USD/month'),
      ...worst.map((group) =>
        evidence(`idle of ${group.name}, ${group.nodes} nodes`, perMonth(group.idleUsd), 'USD/month'),
      ),
    ],
    confidence: { value: 0.9, why: 'requests, use and prices of all these hours were measured' },
    recommendation: {
      summary:
        'Let the autoscaler take half-empty nodes away, or use fewer or smaller ones; smaller requests alone free no node.',
      risk: 'Pods are moved: keep disruption budgets, and keep Spark drivers from being moved (karpenter.sh/do-not-disrupt).',
      patches: [{ format: 'text', target: 'NodePool', content: CONSOLIDATION }],
      backtest: null,
    },
  };
}

export const costUnallocated = defineRule({
  id: 'cost/unallocated',
  title: 'Too much of the nodes is idle',
  severity: 'warning',
  ledger: null,
  needs: { money: nodeMoney },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    const { money } = facts;
    const { cluster, hoursCovered, nodeHours, pricedHours, usd, idleUsd } = money;
    const subject: Subject = { kind: 'Cluster', name: cluster };
    const lacks = (title: string): Evaluation => ({ state: 'insufficient-data', subject, title: `${TITLE}: ${title}` });
    const percent = usd > 0 ? (idleUsd / usd) * 100 : 0;
    if (hoursCovered < settings.leastHours)
      yield lacks(`${hoursCovered.toFixed(0)} of ${settings.leastHours} hours were measured`);
    else if (usd <= 0 || pricedHours < LEAST_COVERAGE * nodeHours)
      yield lacks(`prices are known for ${((pricedHours / Math.max(1, nodeHours)) * 100).toFixed(0)} % of node-hours`);
    else if (percent > settings.targetPercent) yield finding(money, percent, subject, window, settings);
    else yield { state: 'ok', subject, title: `${percent.toFixed(0)} % of what its nodes cost is idle` };
  },
});
