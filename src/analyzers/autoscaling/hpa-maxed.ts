import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import type { AutoscalerHour } from '../../store/posture.js';
import { type Autoscaler, autoscalers, historyOf, meanCpuPercent, shareOf } from '../derived/autoscalers.js';
import { evidenceOf } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  minutes: z.number().positive().default(15).describe('at the maximum in one hour, with use over the target'),
  share: z.number().min(0).max(1).default(0.2).describe('or share of the window at the maximum'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Autoscaler at its maximum';

function minutesAtMax({ atMax, samples }: AutoscalerHour): number {
  return samples > 0 ? (atMax / samples) * 60 : 0;
}

/** Hours at the maximum for long enough while its pods were busier than it wants them. */
function pressedHours(
  { hours, cpuPercentByHour, cpuTargetPercent }: Autoscaler,
  { minutes }: Settings,
): AutoscalerHour[] {
  if (cpuTargetPercent === null) return [];
  return hours.filter(
    (hour) => minutesAtMax(hour) >= minutes && (cpuPercentByHour.get(hour.hourMs)?.percent ?? 0) > cpuTargetPercent,
  );
}

/** As many replicas as the target asks for at that use, at least half as many again. */
function maximumFor({ spec, cpuTargetPercent }: Autoscaler, percent: number | undefined): number {
  const wanted = percent && cpuTargetPercent ? Math.ceil((spec.maxReplicas * percent) / cpuTargetPercent) : 0;
  return Math.max(wanted, Math.ceil(spec.maxReplicas * 1.5));
}

export const hpaMaxed = defineRule({
  id: 'autoscaling/hpa-maxed',
  title: 'Autoscaler at its maximum',
  severity: 'warning',
  ledger: null,
  needs: { autoscalers },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const one of facts.autoscalers) {
      const { subject, spec, hours, tooLittle } = one;
      const share = shareOf(hours, (hour) => hour.atMax);
      const pressed = pressedHours(one, settings);
      const percent = meanCpuPercent(one, (hour) => hour.atMax > 0);
      const evidence = evidenceOf(historyOf(hours, window));
      const maxReplicas = maximumFor(one, percent);
      if (spec.maxReplicas === spec.minReplicas)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it holds ${spec.maxReplicas} replicas on purpose` };
      else if (pressed.length > 0 || (share > settings.share && !tooLittle))
        yield {
          state: 'finding',
          subject,
          title: `At its maximum of ${spec.maxReplicas} replicas for ${Math.round(share * 100)} % of the time${percent === undefined ? '' : `, at ${Math.round(percent)} % CPU`}`,
          evidence: [
            evidence('time at the maximum', Math.round(share * 1000) / 10, '%', hours.length),
            evidence('hours at the maximum with use over the target', pressed.length, '', hours.length),
            evidence('CPU use at the maximum, of the request', percent ?? null, '%', hours.length),
            evidence('target', one.cpuTargetPercent, '%'),
          ],
          confidence:
            pressed.length > 0
              ? { value: 0.9, why: 'it was at its bound while its pods were busier than it wants them' }
              : { value: 0.7, why: 'it was at its bound; whether more were wanted is not known' },
          recommendation: {
            summary: `Let it go up to ${maxReplicas} replicas, or give each more CPU.`,
            risk: 'More replicas load what is behind them: databases, quotas, node capacity.',
            patches: [objectPatch('autoscaling/v2', subject, { spec: { maxReplicas } })],
            backtest: null,
          },
        };
      else if (tooLittle) yield { state: 'insufficient-data', subject, title: `${TITLE}: ${tooLittle}` };
      else yield { state: 'ok', subject, title: `At its maximum for ${Math.round(share * 100)} % of the time` };
    }
  },
});
