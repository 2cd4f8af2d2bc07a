import { z } from 'zod';
import type { Evaluation, SizeChange } from '../../model/finding.js';
import { formatCpuQuantity, formatMemoryQuantity } from '../../model/quantity.js';
import { sizePatches } from '../../recommend/size-patch.js';
import { evidenceOf, notJudged, posture, type WorkloadPosture } from '../derived/posture.js';
import { type ContainerProfile, type WorkloadProfile, workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';

const TITLE = 'Requests';
type Resource = 'CPU' | 'memory';

interface Lack {
  container: string;
  role: string;
  resources: Resource[];
}

function requestOf(container: ContainerProfile, resource: Resource): number | null {
  return resource === 'CPU' ? container.cpuRequestCores : container.memoryRequestBytes;
}

function useOf(container: ContainerProfile, resource: Resource): number | null {
  return resource === 'CPU' ? container.cpuP95Cores : container.memoryMaxBytes;
}

/** A pod is placed by the sum of its containers: a sidecar may live on what the main container asks for. */
function sumIsRight(containers: readonly ContainerProfile[], role: string, resource: Resource): boolean {
  const pod = containers.filter((one) => (one.role ?? '') === role);
  const requests = pod.map((one) => requestOf(one, resource) ?? 0);
  const uses = pod.map((one) => useOf(one, resource));
  const request = requests.reduce((a, b) => a + b, 0);
  if (pod.length < 2 || request === 0 || uses.some((use) => use === null)) return false;
  return uses.reduce<number>((sum, use) => sum + (use ?? 0), 0) <= request;
}

/** Containers without a request, by what the pods really have (a LimitRange may give it), else by the template. */
function lacksOf({ roles }: WorkloadPosture, profile: WorkloadProfile | undefined): Lack[] {
  const measured = profile?.containers ?? [];
  return roles.flatMap(({ role, posture: pod }) =>
    pod.containers
      .filter((container) => !container.init)
      .flatMap(({ name, hasCpuRequest, hasMemoryRequest }) => {
        const own = measured.find((one) => one.name === name && (one.role ?? '') === role && one.resourcesKnown);
        const has = (resource: Resource, inTemplate: boolean) =>
          inTemplate || (own && requestOf(own, resource) !== null) || sumIsRight(measured, role, resource);
        const resources: Resource[] = [];
        if (!has('CPU', hasCpuRequest)) resources.push('CPU');
        if (!has('memory', hasMemoryRequest)) resources.push('memory');
        return resources.length > 0 ? [{ container: name, role, resources }] : [];
      }),
  );
}

function changesOf(lacks: readonly Lack[], profile: WorkloadProfile | undefined): SizeChange[] {
  return lacks.flatMap(({ container, role, resources }) => {
    const own = profile?.containers.find((one) => one.name === container && (one.role ?? '') === role);
    const cpuCores = resources.includes('CPU') ? own?.cpuSize?.cores : undefined;
    const memoryBytes = resources.includes('memory') ? own?.memorySize?.bytes : undefined;
    if (cpuCores === undefined && memoryBytes === undefined) return [];
    const keepMemoryLimit = own?.memoryLimitBytes != null && own.memoryLimitBytes >= (memoryBytes ?? 0);
    return [
      {
        ...{ container, role: own?.role ?? null, keepMemoryLimit },
        ...(cpuCores === undefined ? {} : { cpuCores }),
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
      },
    ];
  });
}

function adviceOf(changes: readonly SizeChange[]): string {
  const words = changes.map(({ container, cpuCores, memoryBytes }) => {
    const sizes = [
      cpuCores === undefined ? '' : `${formatCpuQuantity(cpuCores)} cores`,
      memoryBytes === undefined ? '' : formatMemoryQuantity(memoryBytes),
    ];
    return `${container} ${sizes.filter(Boolean).join(', ')}`;
  });
  return words.length > 0 ? `Request what it uses: ${words.join('; ')}.` : 'Request what it needs of CPU and memory.';
}

export const noRequests = defineRule({
  id: 'sizing/no-requests',
  title: 'Container without requests',
  severity: 'warning',
  ledger: null,
  needs: { posture, profiles: workloadProfiles },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const profiles = new Map(facts.profiles.map((profile) => [profile.row.id, profile]));
    for (const workload of facts.posture.workloads) {
      const { subject, row, roles, pods } = workload;
      const not = notJudged(workload, TITLE);
      const profile = profiles.get(row.id);
      const lacks = lacksOf(workload, profile);
      const words = lacks.map(({ container, resources }) => `${container} (${resources.join(' and ')})`).join(', ');
      if (not) yield not;
      else if (roles.length === 0)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: its pods were not read` };
      else if (lacks.length === 0) yield { state: 'ok', subject, title: 'Its containers say what they need' };
      else if (pods.length === 0 && (row.kind === 'Pod' || row.kind === 'Job' || row.replicas === 0))
        yield { state: 'not-applicable', subject, title: `${TITLE}: it has no pods now` };
      else {
        const changes = changesOf(lacks, profile);
        yield {
          state: 'finding',
          subject,
          title: `No request: ${words}`,
          evidence: lacks.flatMap(({ container, role, resources }) => {
            const own = profile?.containers.find((one) => one.name === container && (one.role ?? '') === role);
            const of = role || container;
            return [
              evidence(`without a request (${of})`, resources.join(' and ')),
              evidence(`CPU usage p95 (${of})`, own?.cpuP95Cores ?? null, 'cores', own?.cpuSamples ?? 0),
              evidence(`working set peak (${of})`, own?.memoryMaxBytes ?? null, 'bytes', own?.memorySamples ?? 0),
            ];
          }),
          confidence: { value: 0.95, why: 'the spec of its containers' },
          recommendation: {
            summary: adviceOf(changes),
            risk: 'Without requests the scheduler takes it to need nothing: nodes fill up, and it is evicted first. With them it needs a node that has room.',
            sizes: changes,
            patches: changes.length > 0 ? sizePatches(row, changes) : [],
            backtest: null,
          },
        };
      }
    }
  },
});
