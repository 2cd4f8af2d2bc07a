import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { formatCpuQuantity, formatMemoryQuantity, MIB, parseQuantity } from '../../model/quantity.js';
import type { Window } from '../../model/window.js';
import type { StoredObject } from '../../store/posture.js';
import { counted, evidenceOf, listText, posture, type WorkloadPosture } from '../derived/posture.js';
import { type ContainerProfile, type WorkloadProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  maxShare: z.number().positive().max(1).default(0.8).describe('what is needed is at most this share of the default'),
  leastSavingCores: z.number().min(0).default(0.1).describe('and at least this many cores smaller'),
  leastSavingMib: z.number().min(0).default(100).describe('or this many MiB, for memory'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Default requests';
type Resource = 'cpu' | 'memory';
type Range = StoredObject<'LimitRange'>;

/** A container that asks for nothing of its own and got the default. */
interface Given {
  workload: WorkloadPosture;
  container: ContainerProfile;
  resource: Resource;
  /** Undefined: too little history, or the size failed its backtest. */
  needed: number | undefined;
  given: number;
}

/** A default limit is the default request where the range names none (Kubernetes, LimitRanger). */
function defaultOf({ spec }: Range, resource: Resource): number | undefined {
  return parseQuantity(spec.defaultRequests[resource] ?? spec.defaults[resource]);
}

function givenTo(range: Range, workload: WorkloadPosture, profile: WorkloadProfile | undefined): Given[] {
  const templates = workload.roles.flatMap((role) => role.posture.containers);
  return (profile?.containers ?? []).flatMap((container) =>
    (['cpu', 'memory'] as const).flatMap((resource) => {
      const own = templates.find(({ name }) => name === container.name);
      const asks = resource === 'cpu' ? own?.hasCpuRequest : own?.hasMemoryRequest;
      const given = resource === 'cpu' ? container.cpuRequestCores : container.memoryRequestBytes;
      const standard = defaultOf(range, resource);
      if (asks !== false || standard === undefined || given === null) return [];
      if (Math.abs(given - standard) > standard * 1e-6) return [];
      const size = resource === 'cpu' ? container.cpuSize : container.memorySize;
      const value = resource === 'cpu' ? container.cpuSize?.cores : container.memorySize?.bytes;
      const needed = profile?.tooLittle || !size?.backtest.passed ? undefined : value;
      return [{ workload, container, resource, needed, given }];
    }),
  );
}

function isOversized({ needed, given, resource }: Given, settings: Settings): boolean {
  const least = resource === 'cpu' ? settings.leastSavingCores : settings.leastSavingMib * MIB;
  return needed !== undefined && needed <= settings.maxShare * given + 1e-9 && given - needed >= least - 1e-9;
}

function quantity(resource: Resource, value: number): string {
  return resource === 'cpu' ? formatCpuQuantity(value) : formatMemoryQuantity(value);
}

/** What most of them would be right with: the largest need, so that nobody is cut short. */
function advisedOf(all: readonly Given[], resource: Resource): string[] {
  const own = all.filter((one) => one.resource === resource);
  if (own.length === 0) return [];
  const most = Math.max(...own.map(({ needed, given }) => needed ?? given));
  return [`${resource}: ${quantity(resource, most)}`];
}

function finding(range: Range, all: readonly Given[], over: readonly Given[], window: Window): Evaluation {
  const { cluster, namespace, name } = range;
  const subject = { kind: 'LimitRange', cluster, namespace, name };
  const freed = (resource: Resource) =>
    over
      .filter((one) => one.resource === resource)
      .reduce((sum, one) => sum + (one.given - (one.needed ?? one.given)) * one.workload.pods.length, 0);
  const names = over.map(({ workload, container }) => `${workload.row.name}/${container.name}`);
  const affected = all.filter((one) => over.some((other) => other.resource === one.resource));
  const advice = [...advisedOf(affected, 'cpu'), ...advisedOf(affected, 'memory')].join(', ');
  const evidence = evidenceOf(window);
  return {
    state: 'finding',
    subject,
    title: `Its defaults are far above the use of ${counted(new Set(names).size, 'container')} that ask for nothing of their own`,
    evidence: [
      evidence('default CPU request', defaultOf(range, 'cpu') ?? null, 'cores'),
      evidence('default memory request', defaultOf(range, 'memory') ?? null, 'bytes'),
      evidence(
        'containers that got a default',
        new Set(all.map(({ container, workload }) => `${workload.row.id}/${container.name}`)).size,
      ),
      evidence('of them far below it', listText(names)),
    ],
    impact: { freedCpuCores: freed('cpu'), freedMemoryBytes: freed('memory') },
    confidence: { value: 0.75, why: 'sizes that passed their backtest; who will come next is not known' },
    recommendation: {
      summary: `Lower the default requests (${advice}), and let each container ask for its own.`,
      risk: 'A new container that needs more than the default must say so.',
      patches: [
        {
          format: 'text',
          target: `LimitRange ${namespace}/${name}`,
          content: `In spec.limits, type Container, set defaultRequest to ${advice}; the other limits stay.`,
        },
      ],
      backtest: null,
    },
  };
}

export const limitRange = defineRule({
  id: 'placement/limit-range',
  title: 'Default requests far above use',
  severity: 'info',
  // The workloads' own findings tell the dollars.
  ledger: null,
  needs: { posture, profiles: workloadProfiles },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    const profiles = new Map(facts.profiles.map((profile) => [profile.row.id, profile]));
    for (const range of facts.posture.objects('LimitRange')) {
      const { cluster, namespace, name } = range;
      const subject = { kind: 'LimitRange', cluster, namespace, name };
      const all = facts.posture.workloads
        .filter(({ row, pods }) => row.cluster === cluster && row.namespace === namespace && pods.length > 0)
        .flatMap((workload) => givenTo(range, workload, profiles.get(workload.row.id)));
      const over = all.filter((one) => isOversized(one, settings));
      if (defaultOf(range, 'cpu') === undefined && defaultOf(range, 'memory') === undefined)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it gives none` };
      else if (over.length > 0) yield finding(range, all, over, window);
      else if (facts.posture.notListed(cluster, 'Pod'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: pods could not be listed` };
      else if (all.length === 0) yield { state: 'ok', subject, title: 'No container lives on its defaults' };
      else if (all.every(({ needed }) => needed === undefined))
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: too little use of those that got them is known`,
        };
      else yield { state: 'ok', subject, title: 'Its defaults fit those that got them' };
    }
  },
});
