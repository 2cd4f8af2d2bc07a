import { z } from 'zod';
import type { Evaluation, Severity } from '../../model/finding.js';
import { HOURS_PER_MONTH, windowHours } from '../../model/window.js';
import { sparkPatch } from '../../recommend/posture-patch.js';
import { greatest, sum } from '../derived/numbers.js';
import { evidenceOf } from '../derived/posture.js';
import { type FamilyZones, runZones } from '../derived/run-zones.js';
import { crossShare } from '../derived/transfers.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  usdPerGB: z.number().min(0).default(0.01).describe('price of a gigabyte between zones, for each of both directions'),
  warningUsdPerMonth: z.number().positive().default(50).describe('transfer per month from which it is a warning'),
  criticalUsdPerMonth: z.number().positive().default(500).describe('and from which it is critical'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Executors in one zone';
const GB = 1e9;

function transferOf({ runs }: FamilyZones, usdPerGB: number): { bytes: number; usd: number; runs: number } | undefined {
  const known = runs.flatMap(({ zones, shuffleBytes }) =>
    shuffleBytes === undefined ? [] : [shuffleBytes * crossShare(zones)],
  );
  if (known.length === 0) return undefined;
  const bytes = sum(known);
  return { bytes, usd: (bytes / GB) * usdPerGB * 2, runs: known.length };
}

function severityOf(usdPerMonth: number | null, settings: Settings): Severity {
  if (usdPerMonth === null || usdPerMonth < settings.warningUsdPerMonth) return 'info';
  return usdPerMonth < settings.criticalUsdPerMonth ? 'warning' : 'critical';
}

export const crossZoneShuffle = defineRule({
  id: 'placement/cross-zone-shuffle',
  title: 'Spark executors in several zones',
  severity: 'info',
  ledger: null,
  needs: { families: runZones },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const family of facts.families) {
      const { subject, row, runs, unknownPods } = family;
      const spread = runs.filter(({ zones }) => zones.length > 1);
      if (spread.length === 0) {
        if (runs.length === 0 && unknownPods === 0)
          yield { state: 'not-applicable', subject, title: `${TITLE}: no executor ran in the window` };
        else if (unknownPods > 0)
          yield {
            state: 'insufficient-data',
            subject,
            title: `${TITLE}: the zone of ${unknownPods} executors is not known`,
          };
        else yield { state: 'ok', subject, title: 'The executors of each run were in one zone' };
        continue;
      }
      const zones = new Map<string, number>();
      for (const run of spread)
        for (const { zone, pods } of run.zones) if (zone) zones.set(zone, (zones.get(zone) ?? 0) + pods);
      const [main = ''] = greatest(zones, ([, pods]) => pods) ?? [];
      const transfer = transferOf({ ...family, runs: spread }, settings.usdPerGB);
      const usdPerMonth = transfer ? (transfer.usd * HOURS_PER_MONTH) / windowHours(window) : null;
      const change = { nodeSelector: { 'topology.kubernetes.io/zone': main } };
      yield {
        state: 'finding',
        subject,
        severity: severityOf(usdPerMonth, settings),
        title: `Executors of one run in ${zones.size} zones: ${[...zones].map(([zone, pods]) => `${zone} ${pods}`).join(', ')}`,
        evidence: [
          evidence('runs over several zones', spread.length, '', runs.length),
          evidence('shuffle between zones', transfer?.bytes ?? null, 'bytes', transfer?.runs ?? 0),
          evidence('its price, both directions', usdPerMonth, 'USD/month', transfer?.runs ?? 0),
        ],
        confidence: transfer
          ? { value: 0.7, why: 'shuffle bytes of the event logs, shared out by where executors were: an estimate' }
          : { value: 0.8, why: 'where its executors were; no event log tells how much they shuffle' },
        recommendation: {
          summary: `Keep the executors of a run in one zone, such as ${main}.`,
          risk: 'One zone has less spot capacity than several.',
          patches: [
            sparkPatch(row, {
              spec: { executor: change },
              conf: { 'spark.kubernetes.executor.node.selector.topology.kubernetes.io/zone': main },
            }),
          ],
          backtest: null,
        },
      };
    }
  },
});
