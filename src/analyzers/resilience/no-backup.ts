import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { DAY_MS, formatTime } from '../../model/window.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { evidenceOf, posture } from '../derived/posture.js';
import { boundClaims } from '../derived/stateful.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  days: z.number().positive().default(7).describe('age of the newest snapshot from which data counts as unsaved'),
});
const TITLE = 'Snapshots';

export const noBackup = defineRule({
  id: 'resilience/no-backup',
  title: 'Data without a recent snapshot',
  severity: 'warning',
  ledger: null,
  needs: { posture, claims: boundClaims },
  parameters,
  *evaluate({ facts, parameters: { days }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const claim of facts.claims) {
      const { cluster, namespace, name } = claim;
      const subject = { kind: 'PersistentVolumeClaim', cluster, namespace, name };
      const all = facts.posture.objects('VolumeSnapshot').filter((snapshot) => snapshot.cluster === cluster);
      const own = all.filter(
        (snapshot) => snapshot.namespace === namespace && snapshot.spec.claim === name && snapshot.spec.ready,
      );
      const newest = own.reduce((latest, { spec }) => Math.max(latest, spec.takenMs ?? 0), 0);
      const ageDays = (window.untilMs - claim.firstSeenMs) / DAY_MS;
      if (newest > 0 && newest >= window.untilMs - days * DAY_MS)
        yield { state: 'ok', subject, title: `Its newest snapshot is of ${formatTime(newest)}` };
      else if (facts.posture.notListed(cluster, 'VolumeSnapshot'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: they could not be listed` };
      else if (all.length === 0)
        yield {
          state: 'not-applicable',
          subject,
          title: `${TITLE}: the cluster has none; backups may be made elsewhere`,
        };
      else if (ageDays < days)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: known for ${ageDays.toFixed(1)} of the ${days} days it takes`,
        };
      else
        yield {
          state: 'finding',
          subject,
          title:
            newest > 0
              ? `Its newest snapshot is of ${formatTime(newest)}`
              : 'No snapshot of it exists, while others have some',
          evidence: [evidence('snapshots of it', own.length), evidence('snapshots in the cluster', all.length)],
          confidence: { value: 0.7, why: 'snapshots as objects of the cluster; backups may be made elsewhere' },
          recommendation: {
            summary: 'Take a snapshot now, and one each day by a schedule.',
            patches: [
              objectPatch(
                'snapshot.storage.k8s.io/v1',
                { kind: 'VolumeSnapshot', namespace, name: `${name}-snapshot` },
                { spec: { source: { persistentVolumeClaimName: name } } },
              ),
            ],
            backtest: null,
          },
        };
    }
  },
});
