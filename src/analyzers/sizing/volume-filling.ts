import { z } from 'zod';
import type { Evaluation, Patch } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { DAY_MS, formatTime } from '../../model/window.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { evidenceOf } from '../derived/posture.js';
import { claimSubject, trendOf, type VolumeUse, volumeUse } from '../derived/volume-use.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  criticalFreeShare: z.number().min(0).max(1).default(0.03).describe('fires with less than this free'),
  lowFreeShare: z.number().min(0).max(1).default(0.15).describe('or with less than this free and'),
  fullWithinDays: z.number().positive().default(4).describe('full in so many days on the trend'),
  trendDays: z.number().positive().default(1).describe('how far back the trend looks'),
});
const TITLE = 'Volume space';
/** Fewer hours make no trend (kubernetes-mixin looks at 6 h). */
const LEAST_HOURS = 6;
/** Days of growth that the advised size has room for. */
const ROOM_DAYS = 30;

/** The API refuses a larger claim where the class does not allow it. */
function patchOf({ claim }: VolumeUse, gib: number): Patch {
  if (claim.allowExpansion)
    return objectPatch('v1', claimSubject(claim), { spec: { resources: { requests: { storage: `${gib}Gi` } } } });
  return {
    format: 'text',
    target: `PersistentVolumeClaim ${claim.namespace}/${claim.name}`,
    content: `Its storage class allows no expansion: set allowVolumeExpansion: true in the class, then ask for ${gib}Gi; or free space.`,
  };
}

export const volumeFilling = defineRule({
  id: 'sizing/volume-filling',
  title: 'Volume about to be full',
  severity: 'warning',
  ledger: null,
  needs: { volumes: volumeUse },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const one of facts.volumes) {
      const { claim, hours } = one;
      const subject = claimSubject(claim);
      const last = hours.at(-1);
      if (one.meaningless) {
        yield { state: 'not-applicable', subject, title: `${TITLE}: ${one.meaningless}` };
        continue;
      }
      if (!last && claim.mountedBy.length === 0) {
        yield { state: 'not-applicable', subject, title: `${TITLE}: no pod mounts it` };
        continue;
      }
      if (!last || last.hourMs < window.untilMs - DAY_MS) {
        const since = last ? `since ${formatTime(last.hourMs)}` : 'in the window';
        yield { state: 'insufficient-data', subject, title: `${TITLE}: no kubelet told of it ${since}` };
        continue;
      }
      const freeBytes = Math.max(0, last.capacityBytes - last.usedBytes);
      const free = freeBytes / last.capacityBytes;
      const trend = trendOf(hours, settings.trendDays, LEAST_HOURS);
      const daysLeft = trend && trend.bytesPerDay > 0 ? freeBytes / trend.bytesPerDay : Number.POSITIVE_INFINITY;
      const critical = free < settings.criticalFreeShare;
      const soon = free < settings.lowFreeShare && daysLeft <= settings.fullWithinDays;
      const freeText = `${(free * 100).toFixed(1)} % free`;
      if (!critical && !soon && free < settings.lowFreeShare && !trend) {
        const title = `${TITLE}: ${freeText}, and ${hours.length} h make no trend (${LEAST_HOURS} are needed)`;
        yield { state: 'insufficient-data', subject, title };
      } else if (!critical && !soon) yield { state: 'ok', subject, title: freeText };
      else {
        const growth = Math.max(0, trend?.bytesPerDay ?? 0) * ROOM_DAYS;
        const gib = Math.ceil(Math.max(last.capacityBytes * 1.25, last.usedBytes + growth) / GIB);
        const when = Number.isFinite(daysLeft) ? `, full in ${daysLeft.toFixed(1)} days on its trend` : '';
        yield {
          state: 'finding',
          subject,
          severity: critical ? 'critical' : 'warning',
          title: `${freeText}${when}`,
          evidence: [
            evidence('capacity', last.capacityBytes, 'bytes', hours.length),
            evidence('used', last.usedBytes, 'bytes', hours.length),
            evidence('growth', trend?.bytesPerDay ?? null, 'bytes/day', trend?.hours ?? 0),
          ],
          confidence: { value: critical ? 0.95 : 0.8, why: 'what the kubelet measured, and its trend' },
          recommendation: {
            summary: `Give it ${gib} GiB, or free space.`,
            risk: 'An EBS volume can be changed once in 6 hours and never shrinks.',
            patches: [patchOf(one, gib)],
            backtest: null,
          },
        };
      }
    }
  },
});
