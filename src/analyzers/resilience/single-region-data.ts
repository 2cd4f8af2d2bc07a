import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { counted, evidenceOf, listText, posture } from '../derived/posture.js';
import { boundClaims } from '../derived/stateful.js';
import { defineRule } from '../rule.js';

const TITLE = 'Data in one region';
const REGIONS = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'];

export const singleRegionData = defineRule({
  id: 'resilience/single-region-data',
  title: 'Stateful data without a snapshot or a copy elsewhere',
  severity: 'info',
  ledger: null,
  needs: { posture, claims: boundClaims },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const clusters = new Set([...facts.posture.nodes, ...facts.claims].map(({ cluster }) => cluster));
    for (const cluster of clusters) {
      const subject = { kind: 'Cluster', cluster, name: cluster };
      const claims = facts.claims.filter((claim) => claim.cluster === cluster && claim.mountedBy.length > 0);
      const nodes = facts.posture.nodes.filter((node) => node.cluster === cluster);
      const regions = new Set(
        nodes.flatMap(({ labels }) => REGIONS.map((label) => labels[label]).find((region) => region) ?? []),
      );
      const snapshots = facts.posture.objects('VolumeSnapshot').filter((one) => one.cluster === cluster);
      const saved = (claim: (typeof claims)[number]) =>
        snapshots.some(
          ({ namespace, spec }) => namespace === claim.namespace && spec.claim === claim.name && spec.ready,
        );
      const unsaved = claims.filter((claim) => !saved(claim));
      const notListed = facts.posture.notListed(cluster, 'PersistentVolumeClaim', 'VolumeSnapshot');
      const lack = (title: string): Evaluation => ({
        state: 'insufficient-data',
        subject,
        title: `${TITLE}: ${title}`,
      });
      if (notListed) yield lack(`${notListed}s could not be listed`);
      else if (claims.length === 0)
        yield { state: 'not-applicable', subject, title: `${TITLE}: no pod mounts a claim` };
      else if (regions.size === 0) yield lack('the nodes do not say in which region they are');
      else if (regions.size > 1) yield { state: 'ok', subject, title: `Its nodes are in ${regions.size} regions` };
      else if (unsaved.length === 0)
        yield lack('every claim has a snapshot; whether it is copied to another region is not to be seen from here');
      else
        yield {
          state: 'finding',
          subject,
          title: `${unsaved.length} of ${counted(claims.length, 'mounted claim')} live in ${[...regions][0]} alone, without a snapshot`,
          evidence: [
            evidence('mounted claims', claims.length),
            evidence('without a snapshot', listText(unsaved.map(({ namespace, name }) => `${namespace}/${name}`))),
            evidence('region of the nodes', [...regions].join(', ')),
            evidence('snapshots in the cluster', snapshots.length),
          ],
          confidence: {
            value: 0.5,
            why: 'snapshots as objects of the cluster; backups may be made elsewhere (AWS Backup, Velero, the database itself)',
          },
          recommendation: {
            summary:
              'Take snapshots by a schedule and copy them to a second region (AWS Backup, Data Lifecycle Manager), or replicate the data.',
            risk: 'Copies cost storage, and the transfer between regions.',
            patches: [
              {
                format: 'text',
                target: `Cluster ${cluster}`,
                content:
                  'aws backup create-backup-plan with a copy action to a vault in a second region, for the volumes of these claims.',
              },
            ],
            backtest: null,
          },
        };
    }
  },
});
