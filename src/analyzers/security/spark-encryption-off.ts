import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { sparkPatch } from '../../recommend/posture-patch.js';
import { evidenceOf } from '../derived/posture.js';
import { isOn, sparkFamilies } from '../derived/spark-families.js';
import { defineRule } from '../rule.js';

type Conf = Readonly<Record<string, string>>;

/** Network crypto works only between processes that authenticate; TLS for RPC is new in 4.0. */
function rpcIsEncrypted(conf: Conf): boolean {
  const crypto = isOn(conf, 'spark.authenticate') && isOn(conf, 'spark.network.crypto.enabled');
  const tls = isOn(conf, 'spark.ssl.rpc.enabled');
  const sasl = isOn(conf, 'spark.authenticate') && isOn(conf, 'spark.authenticate.enableSaslEncryption');
  return crypto || tls || sasl;
}

const S3_KEYS = [
  'spark.hadoop.fs.s3a.encryption.algorithm',
  'spark.hadoop.fs.s3a.server-side-encryption-algorithm',
] as const;

/** Unset, a bucket encrypts by its own default since January 2023. */
function s3Text(conf: Conf): string {
  return S3_KEYS.map((key) => conf[key]).find((value) => value) ?? 'the bucket’s default';
}

function missingOf(conf: Conf): { name: string; change: Record<string, string> }[] {
  const rpc = { 'spark.authenticate': 'true', 'spark.network.crypto.enabled': 'true' };
  return [
    ...(rpcIsEncrypted(conf) ? [] : [{ name: 'RPC', change: rpc }]),
    ...(isOn(conf, 'spark.io.encryption.enabled')
      ? []
      : [{ name: 'shuffle and spill files', change: { 'spark.io.encryption.enabled': 'true' } }]),
  ];
}

export const sparkEncryptionOff = defineRule({
  id: 'security/spark-encryption-off',
  title: 'Spark without encryption',
  severity: 'info',
  ledger: null,
  needs: { families: sparkFamilies },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const { workload, conf, from } of facts.families) {
      const { subject, row } = workload;
      const missing = conf ? missingOf(conf) : [];
      if (!conf) {
        yield { state: 'insufficient-data', subject, title: 'Encryption: neither its spec nor an event log was read' };
      } else if (missing.length === 0) {
        yield { state: 'ok', subject, title: 'Its traffic and its local files are encrypted' };
      } else {
        const change: Record<string, string> = Object.assign({}, ...missing.map((one) => one.change));
        yield {
          state: 'finding',
          subject,
          title: `Not encrypted: ${missing.map(({ name }) => name).join(', ')}`,
          evidence: [
            evidence('RPC', rpcIsEncrypted(conf) ? 'encrypted' : 'plain'),
            evidence('spark.io.encryption.enabled', conf['spark.io.encryption.enabled'] ?? 'not set'),
            evidence('S3 server-side encryption', s3Text(conf)),
          ],
          confidence: { value: 0.9, why: `the ${from} says so; cluster-wide defaults or a mesh may encrypt elsewhere` },
          recommendation: {
            summary: 'Encrypt traffic between driver and executors, and what they write to local disks.',
            risk: 'It costs some CPU; measure a shuffle-heavy job before and after.',
            patches: [sparkPatch(row, { spec: { sparkConf: change }, conf: change })],
            backtest: null,
          },
        };
      }
    }
  },
});
