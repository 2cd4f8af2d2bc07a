import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { podPatch } from '../../recommend/posture-patch.js';
import { stableLabels } from '../derived/labels.js';
import { evidenceOf, notJudged, posture } from '../derived/posture.js';
import { boundClaims } from '../derived/stateful.js';
import { defineRule } from '../rule.js';

const TITLE = 'Volumes over zones';

export const singleZoneVolume = defineRule({
  id: 'resilience/single-zone-volume',
  title: 'All volumes in one zone',
  severity: 'warning',
  ledger: null,
  needs: { posture, claims: boundClaims },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const zones = new Set(facts.posture.nodes.map(({ zone }) => zone).filter((zone) => zone !== null));
    for (const workload of facts.posture.workloads) {
      const { subject, row, pods, roles } = workload;
      if (row.kind !== 'StatefulSet') continue;
      const names = new Set(pods.map(({ name }) => name));
      const claims = facts.claims.filter(
        ({ cluster, namespace, mountedBy }) =>
          cluster === row.cluster && namespace === row.namespace && mountedBy.some((pod) => names.has(pod)),
      );
      const known = claims.map(({ zone }) => zone).filter((zone) => zone !== null);
      const [zone] = known;
      const not = notJudged(workload, TITLE);
      if (not) yield not;
      else if ((row.replicas ?? 0) < 2 || claims.length < 2)
        yield { state: 'not-applicable', subject, title: `${TITLE}: fewer than two replicas with a volume` };
      else if (known.length < claims.length)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: the zone of ${claims.length - known.length} volumes is not known`,
        };
      else if (new Set(known).size > 1)
        yield { state: 'ok', subject, title: `Its volumes are in ${new Set(known).size} zones` };
      else if (zones.size < 2) yield { state: 'not-applicable', subject, title: `${TITLE}: the cluster has one zone` };
      else
        yield {
          state: 'finding',
          subject,
          title: `All ${claims.length} volumes are in ${zone}: without that zone it has no data`,
          evidence: [evidence('volumes', claims.length), evidence('zone', zone ?? '')],
          confidence: { value: 0.9, why: 'the volumes’ node affinity, or the zone of the node that mounts them' },
          recommendation: {
            summary: 'Spread the replicas over zones before their volumes are made.',
            risk: 'A volume cannot move: delete one replica’s claim at a time and let it fill again.',
            patches: [
              podPatch(row, {
                topologySpreadConstraints: [
                  {
                    maxSkew: 1,
                    topologyKey: 'topology.kubernetes.io/zone',
                    whenUnsatisfiable: 'DoNotSchedule',
                    labelSelector: { matchLabels: stableLabels(roles[0]?.posture.labels ?? {}) },
                  },
                ],
              }),
            ],
            backtest: null,
          },
        };
    }
  },
});
