import { stringify } from 'yaml';
import type { Patch } from '../../model/finding.js';
import { objectPatch, SPARK_API_VERSION } from '../../recommend/posture-patch.js';
import { withHour } from '../../spot/cron.js';
import type { PlanCell } from '../../spot/plan-cost.js';
import type { Taint } from '../../store/schedules.js';
import { applicationYaml, type SparkPlaces } from './spark-places.js';

/** What a plan is written down with. */
export interface PlanPatchInput {
  family: SparkPlaces;
  best: PlanCell;
  /** The cron expression of its schedule; null: none. */
  schedule: string | null;
  taints: readonly Taint[];
}

const KARPENTER_KEY = 'karpenter.sh/capacity-type';
const ZONE = 'topology.kubernetes.io/zone';
const TYPE = 'node.kubernetes.io/instance-type';

/** How the cluster's labels say spot. */
function spotWord(key: string): string {
  return key === 'eks.amazonaws.com/capacityType' ? 'SPOT' : 'spot';
}

const lines = (value: unknown): string[] => stringify(value).trimEnd().split('\n');

/** Executors on the plan's type and zone, the driver on on-demand, and blocks saved when a node goes. */
function applicationPatch({ family, best, taints }: PlanPatchInput): Patch {
  const { key, value } = family.onDemandLabel;
  const wanted = [
    { key, operator: 'In', values: [spotWord(key)] },
    { key: ZONE, operator: 'In', values: [best.zone] },
    { key: TYPE, operator: 'In', values: [best.type] },
  ];
  const required = { nodeSelectorTerms: [{ matchExpressions: wanted }] };
  const tolerations = taints.map((taint) => ({
    key: taint.key,
    operator: taint.value ? 'Equal' : 'Exists',
    ...(taint.value ? { value: taint.value } : {}),
    effect: taint.effect,
  }));
  const content = applicationYaml(
    family,
    lines({
      sparkConf: { 'spark.decommission.enabled': 'true', 'spark.storage.decommission.enabled': 'true' },
      driver: { nodeSelector: { [key]: value } },
      executor: {
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
        ...(tolerations.length > 0 ? { tolerations } : {}),
      },
    }),
  );
  return { format: 'spark-application', target: family.target, content };
}

/** Nodes to match, where Karpenter makes them. */
function nodePoolPatch({ best }: PlanPatchInput): Patch {
  const requirements = [
    { key: KARPENTER_KEY, operator: 'In', values: ['spot'] },
    { key: ZONE, operator: 'In', values: [best.zone] },
    { key: TYPE, operator: 'In', values: [best.type] },
  ];
  return {
    format: 'text',
    target: 'NodePool (Karpenter): requirements',
    content: stringify({ spec: { template: { spec: { requirements } } } }),
  };
}

/** Everything that has to be written for a plan. */
export function planPatches(input: PlanPatchInput): Patch[] {
  const { family, best, schedule } = input;
  const { namespace, name } = family.subject;
  const at: Patch[] =
    schedule !== null && best.startHour !== null
      ? [
          objectPatch(
            SPARK_API_VERSION,
            { kind: 'ScheduledSparkApplication', name, ...(namespace ? { namespace } : {}) },
            { spec: { schedule: withHour(schedule, best.startHour) } },
          ),
        ]
      : [];
  return [applicationPatch(input), nodePoolPatch(input), ...at];
}
