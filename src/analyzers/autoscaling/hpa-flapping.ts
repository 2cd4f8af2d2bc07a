import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { formatTime } from '../../model/window.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { autoscalers, historyOf } from '../derived/autoscalers.js';
import { greatest } from '../derived/numbers.js';
import { evidenceOf } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  changes: z.number().positive().default(6).describe('changes of direction in an hour that are still fine'),
});
const TITLE = 'Steadiness of the autoscaler';
/** Twice Kubernetes' default of 300 s. */
const STABILIZATION_SECONDS = 600;

export const hpaFlapping = defineRule({
  id: 'autoscaling/hpa-flapping',
  title: 'Autoscaler that goes up and down',
  severity: 'warning',
  ledger: null,
  needs: { autoscalers },
  parameters,
  *evaluate({ facts, parameters: { changes }, window }): Iterable<Evaluation> {
    for (const { subject, hours, tooLittle } of facts.autoscalers) {
      const worst = greatest(hours, (hour) => hour.directionChanges);
      const flapping = hours.filter((hour) => hour.directionChanges > changes);
      const evidence = evidenceOf(historyOf(hours, window));
      if (worst && flapping.length > 0)
        yield {
          state: 'finding',
          subject,
          title: `${worst.directionChanges} changes of direction in the hour of ${formatTime(worst.hourMs)}`,
          evidence: [
            evidence('most changes of direction in an hour', worst.directionChanges, '', hours.length),
            evidence('hours with more than allowed', flapping.length, '', hours.length),
          ],
          confidence: { value: 0.9, why: 'the replicas it had, minute by minute' },
          recommendation: {
            summary: 'Let it wait longer before it goes down.',
            risk: 'Replicas stay for some minutes longer after a peak.',
            patches: [
              objectPatch('autoscaling/v2', subject, {
                spec: { behavior: { scaleDown: { stabilizationWindowSeconds: STABILIZATION_SECONDS } } },
              }),
            ],
            backtest: null,
          },
        };
      else if (tooLittle) yield { state: 'insufficient-data', subject, title: `${TITLE}: ${tooLittle}` };
      else
        yield {
          state: 'ok',
          subject,
          title: `At most ${worst?.directionChanges ?? 0} changes of direction in an hour`,
        };
    }
  },
});
