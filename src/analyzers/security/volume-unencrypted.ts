import { z } from 'zod';
import type { Evaluation, Subject } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import { volumes as persistentVolumes, type VolumeRecord } from '../../store/kubernetes.js';
import { type AccountVolume, accountVolumes, sizeText } from '../derived/account-volumes.js';
import { defineArtifact, defineRule } from '../rule.js';

const parameters = z.object({});

/** Clusters need not be read: then there are none. */
const clusterVolumes = defineArtifact<VolumeRecord[]>({
  id: 'persistent-volumes',
  sources: [],
  compute: ({ db }) => persistentVolumes(db),
});

function evaluatePersistent({ cluster, name, handle }: VolumeRecord): Evaluation {
  const subject: Subject = { kind: 'PersistentVolume', cluster, name };
  if (!handle?.startsWith('vol-'))
    return { state: 'not-applicable', subject, title: 'Encryption: it is no EBS volume' };
  const title = `Encryption: ${handle} is not in the account and region that were read`;
  return { state: 'insufficient-data', subject, title };
}

function commandsFor({ id, region, zone, volumeType }: AccountVolume): string {
  return [
    `aws ec2 enable-ebs-encryption-by-default --region ${region}`,
    `aws ec2 create-snapshot --region ${region} --volume-id ${id}`,
    `aws ec2 create-volume --region ${region} --availability-zone ${zone ?? 'ZONE'} --volume-type ${volumeType} --encrypted --snapshot-id SNAPSHOT`,
  ].join('\n');
}

function finding(volume: AccountVolume, subject: Subject, persistent: VolumeRecord | undefined, window: Window) {
  const { claimNamespace, claimName } = persistent ?? {};
  const holder = claimName ? `claim ${claimNamespace}/${claimName}` : volume.attachedTo;
  const name = volume.tags.Name ? ` '${volume.tags.Name}'` : '';
  const evaluation: Evaluation = {
    state: 'finding',
    subject,
    title: `${sizeText([volume])} ${volume.volumeType}${name} is not encrypted`,
    evidence: [
      { metric: 'encrypted', value: 'false', unit: '', window, samples: 1 },
      { metric: 'used by', value: holder ?? null, unit: '', window, samples: 1 },
    ],
    confidence: { value: 1, why: 'AWS says so' },
    recommendation: {
      summary: 'Encrypt new volumes by default, and replace this one by an encrypted copy made from a snapshot.',
      risk: 'The change needs a stop of what uses the volume; who may use the key decides who can read it.',
      patches: [{ format: 'aws-cli', target: `EBSVolume ${volume.id}`, content: commandsFor(volume) }],
      backtest: null,
    },
  };
  return evaluation;
}

export const securityVolumeUnencrypted = defineRule({
  id: 'security/volume-unencrypted',
  title: 'Volume that is not encrypted',
  severity: 'warning',
  ledger: null,
  needs: { volumes: accountVolumes, persistent: clusterVolumes },
  parameters,
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const byHandle = new Map(facts.persistent.map((volume) => [volume.handle, volume]));
    for (const volume of facts.volumes) {
      const subject: Subject = { kind: 'EBSVolume', name: volume.id };
      if (volume.encrypted === null)
        yield { state: 'insufficient-data', subject, title: 'Encryption: AWS did not say whether it is encrypted' };
      else if (volume.encrypted) yield { state: 'ok', subject, title: 'It is encrypted' };
      else yield finding(volume, subject, byHandle.get(volume.id), window);
    }
    const listed = new Set(facts.volumes.map(({ id }) => id));
    for (const volume of facts.persistent)
      if (volume.handle === null || !listed.has(volume.handle)) yield evaluatePersistent(volume);
  },
});
