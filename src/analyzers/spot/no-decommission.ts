import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import { applicationYaml, type SparkPlaces, sparkPlaces } from '../derived/spark-places.js';
import { defineRule } from '../rule.js';

const parameters = z.object({});

const SWITCH = 'spark.decommission.enabled';
const STORAGE = 'spark.storage.decommission.enabled';
/** On by default once storage decommissioning is (Spark 3.1, internal/config/package.scala). */
const STORAGE_PARTS = [
  'spark.storage.decommission.rddBlocks.enabled',
  'spark.storage.decommission.shuffleBlocks.enabled',
];

const isTrue = (value: string | undefined): boolean => value?.trim().toLowerCase() === 'true';

/** Parts without which blocks are not moved off an executor that goes. */
function missingParts(conf: Readonly<Record<string, string>>): string[] {
  const off = STORAGE_PARTS.filter((key) => conf[key] !== undefined && !isTrue(conf[key]));
  return isTrue(conf[STORAGE]) ? off : [STORAGE, ...off];
}

/** AWS gives two minutes: what is not done by then is lost. */
const SETTINGS: readonly (readonly [string, string])[] = [
  [SWITCH, 'true'],
  [STORAGE, 'true'],
  ['spark.storage.decommission.rddBlocks.enabled', 'true'],
  ['spark.storage.decommission.shuffleBlocks.enabled', 'true'],
  ['spark.executor.decommission.killInterval', '120s'],
];

function finding(
  family: SparkPlaces,
  conf: Readonly<Record<string, string>>,
  { share, executors }: { share: number; executors: number },
  window: Window,
): Evaluation {
  const missing = missingParts(conf);
  const evidence = (metric: string, value: number | string, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples: executors,
  });
  const also =
    missing.length > 0 ? `; ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not on either` : '';
  return {
    state: 'finding',
    subject: family.subject,
    title: `Executors on spot nodes without decommissioning: what they hold is lost with them${also}`,
    evidence: [
      evidence(SWITCH, conf[SWITCH] ?? 'not set', ''),
      evidence('storage parts not on', missing.join(', ') || 'none', ''),
      evidence('executor time on spot nodes', share * 100, '%'),
      evidence('settings read from', family.confFrom, ''),
    ],
    confidence:
      conf[SWITCH] === undefined && !family.confFrom.includes('log')
        ? { value: 0.7, why: 'the spec does not set it; defaults within the image are not seen' }
        : { value: 0.95, why: `told by ${family.confFrom}` },
    recommendation: {
      summary: 'Switch on decommissioning with its storage parts, and give executor pods 120 s to end.',
      risk: 'Blocks move over the network in the two minutes before an interruption; large ones may not make it without a fallback storage.',
      patches: [
        {
          format: 'spark-application',
          target: family.target,
          content: applicationYaml(family, [
            'sparkConf:',
            ...SETTINGS.map(([key, value]) => `  "${key}": "${value}"`),
            'executor:',
            '  terminationGracePeriodSeconds: 120',
          ]),
        },
        {
          format: 'spark-conf',
          target: 'spark-submit',
          content: SETTINGS.map(([key, value]) => `${key} ${value}`).join('\n'),
        },
      ],
      backtest: null,
    },
  };
}

function evaluateFamily(family: SparkPlaces, window: Window): Evaluation {
  const { subject, executors, conf } = family;
  if (conf?.['spark.master']?.startsWith('local'))
    return { state: 'not-applicable', subject, title: 'Decommissioning: it runs in one process' };
  const known = executors.filter(({ lifecycle }) => lifecycle !== undefined);
  if (known.length === 0) {
    const what =
      executors.length === 0 ? 'no executor pod was seen' : 'how the nodes of its executors are bought is not known';
    return { state: 'insufficient-data', subject, title: `Decommissioning: ${what}` };
  }
  const onSpot = known.filter(({ lifecycle }) => lifecycle === 'spot');
  if (onSpot.length === 0)
    return { state: 'not-applicable', subject, title: 'Decommissioning: its executors do not run on spot nodes' };
  if (conf === null)
    return {
      state: 'insufficient-data',
      subject,
      title: 'Decommissioning: neither its spec nor an event log was read',
    };
  if (isTrue(conf[SWITCH])) {
    const missing = missingParts(conf);
    const but = missing.length > 0 ? `, without ${missing.join(' and ')}` : '';
    return { state: 'ok', subject, title: `Executors are decommissioned${but}` };
  }
  const hours = (pods: typeof known) => pods.reduce((sum, pod) => sum + pod.hours, 0);
  const total = hours(known);
  const share = total > 0 ? hours(onSpot) / total : onSpot.length / known.length;
  return finding(family, conf, { share, executors: known.length }, window);
}

export const spotNoDecommission = defineRule({
  id: 'spot/no-decommission',
  title: 'Spot executors without decommissioning',
  severity: 'warning',
  ledger: null,
  needs: { families: sparkPlaces },
  parameters,
  *evaluate({ facts, window }): Iterable<Evaluation> {
    for (const family of facts.families) yield evaluateFamily(family, window);
  },
});
