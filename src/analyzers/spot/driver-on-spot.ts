import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { formatTime, type Window } from '../../model/window.js';
import { applicationYaml, type PlacedPod, type SparkPlaces, sparkPlaces } from '../derived/spark-places.js';
import { defineRule } from '../rule.js';

const parameters = z.object({});

function finding(family: SparkPlaces, onSpot: readonly PlacedPod[], known: number, window: Window): Evaluation {
  const last = onSpot.at(-1);
  const { key, value } = family.onDemandLabel;
  const evidence = (metric: string, of: number | string | null, unit = '') => ({
    metric,
    value: of,
    unit,
    window,
    samples: known,
  });
  const all = onSpot.length === known;
  return {
    state: 'finding',
    subject: family.subject,
    title:
      known === 1
        ? 'Its driver runs on a spot node: one interruption ends the run'
        : `${all ? 'All' : onSpot.length} of ${known} drivers ran on spot nodes: one interruption ends the run`,
    evidence: [
      evidence('drivers on spot nodes', onSpot.length),
      evidence('drivers whose node is known', known),
      evidence('the last one on', last?.on ? `${last.on.name} (${last.on.instanceType}, ${last.on.zone})` : null),
      evidence('started', last ? formatTime(last.startMs) : null),
    ],
    confidence: { value: 0.95, why: 'the nodes of the driver pods and how they are bought are known' },
    recommendation: {
      summary: 'Keep the driver on on-demand nodes, executors may stay on spot.',
      risk: 'There must be an on-demand node with room for it, or the run waits for one.',
      patches: [
        {
          format: 'spark-application',
          target: family.target,
          content: applicationYaml(family, ['driver:', '  nodeSelector:', `    ${key}: ${value}`]),
        },
        {
          format: 'spark-conf',
          target: 'spark-submit, from Spark 3.3 on',
          content: `spark.kubernetes.driver.node.selector.${key} ${value}`,
        },
      ],
      backtest: null,
    },
  };
}

function evaluateFamily(family: SparkPlaces, window: Window): Evaluation {
  const { subject, drivers, clientMode, driverPinned } = family;
  if (drivers.length === 0)
    return clientMode
      ? { state: 'not-applicable', subject, title: 'Driver on spot: its driver is no pod of its own (client mode)' }
      : { state: 'insufficient-data', subject, title: 'Driver on spot: no driver pod was seen' };
  const known = drivers.filter(({ lifecycle }) => lifecycle !== undefined);
  if (known.length === 0)
    return {
      state: 'insufficient-data',
      subject,
      title: 'Driver on spot: how the nodes of its drivers are bought is not known',
    };
  const onSpot = known.filter(({ lifecycle }) => lifecycle === 'spot');
  if (onSpot.length === 0) return { state: 'ok', subject, title: 'Its driver runs on on-demand nodes' };
  if (driverPinned && known.at(-1)?.lifecycle === 'on-demand')
    return { state: 'ok', subject, title: 'Its driver is held to on-demand nodes by now' };
  return finding(family, onSpot, known.length, window);
}

export const spotDriverOnSpot = defineRule({
  id: 'spot/driver-on-spot',
  title: 'Spark driver on a spot node',
  severity: 'warning',
  ledger: null,
  needs: { families: sparkPlaces },
  parameters,
  *evaluate({ facts, window }): Iterable<Evaluation> {
    for (const family of facts.families) yield evaluateFamily(family, window);
  },
});
