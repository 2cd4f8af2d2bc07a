import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { DAY_MS, HOUR_MS } from '../../model/window.js';
import { evidenceOf } from '../derived/posture.js';
import { claimSubject, trendOf, type VolumeUse, volumeUse } from '../derived/volume-use.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  maxUsedShare: z.number().min(0).max(1).default(0.2).describe('fires when less than this was ever used in the window'),
  days: z.number().positive().default(3).describe('least days of use (95 % of their hours)'),
  fillShare: z.number().positive().max(1).default(0.7).describe('how full the advised size is in `growthDays`'),
  growthDays: z.number().min(0).default(90).describe('growth that the advised size has room for'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Volume size';
/** A window counts as covered from 95 % (RULES). */
const COVERED = 0.95;

function advisedGib({ hours }: VolumeUse, most: number, { fillShare, growthDays, days }: Settings): number {
  const growth = Math.max(0, trendOf(hours, Number.POSITIVE_INFINITY, days)?.bytesPerDay ?? 0) * growthDays;
  return Math.max(1, Math.ceil((most + growth) / fillShare / GIB - 1e-6));
}

export const volumeOverSized = defineRule({
  id: 'sizing/volume-over-sized',
  title: 'Volume far larger than its data',
  severity: 'warning',
  ledger: 'size',
  needs: { volumes: volumeUse },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const one of facts.volumes) {
      const { claim, hours } = one;
      const subject = claimSubject(claim);
      const [last] = hours.slice(-1);
      const needed = ((settings.days * DAY_MS) / HOUR_MS) * COVERED;
      const most = hours.reduce((max, { usedBytes }) => Math.max(max, usedBytes), 0);
      const share = last ? most / last.capacityBytes : 0;
      if (one.meaningless) yield { state: 'not-applicable', subject, title: `${TITLE}: ${one.meaningless}` };
      else if (!last && claim.mountedBy.length === 0)
        yield { state: 'not-applicable', subject, title: `${TITLE}: no pod mounts it` };
      else if (!last || hours.length < needed)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: needs ${settings.days} days of its use from a kubelet, has ${hours.length} h`,
        };
      else if (share >= settings.maxUsedShare)
        yield { state: 'ok', subject, title: `Up to ${Math.round(share * 100)} % of it was used` };
      else {
        const gib = advisedGib(one, most, settings);
        const bytes = claim.bytes ?? last.capacityBytes;
        const evidence = evidenceOf(window);
        const saved = Math.max(0, 1 - (gib * GIB) / bytes);
        if (saved === 0) {
          yield { state: 'ok', subject, title: `Little of it is used, but it grows into its ${gib} GiB` };
          continue;
        }
        yield {
          state: 'finding',
          subject,
          title: `At most ${(share * 100).toFixed(1)} % of ${Math.round(bytes / GIB)} GiB was used`,
          evidence: [
            evidence('capacity', last.capacityBytes, 'bytes', hours.length),
            evidence('most that was used', most, 'bytes', hours.length),
            evidence('volume type', claim.volumeType),
          ],
          impact: { usdPerMonth: claim.usdPerMonth === null ? null : claim.usdPerMonth * saved },
          confidence: {
            value: 0.85,
            why: `${(hours.length / 24).toFixed(1)} days of its use; room for ${settings.growthDays} days of growth is kept`,
          },
          recommendation: {
            summary: `Move it to a volume of ${gib} GiB: a volume cannot shrink in place.`,
            risk: 'On gp2 a smaller volume has fewer IOPS. Copy the data while nothing writes, and keep the old volume until it is checked.',
            patches: [
              {
                format: 'text',
                target: `PersistentVolumeClaim ${claim.namespace}/${claim.name}`,
                content: `Create a claim of ${gib}Gi, stop what writes to ${claim.name}, copy, mount the new claim.`,
              },
            ],
            backtest: null,
          },
        };
      }
    }
  },
});
