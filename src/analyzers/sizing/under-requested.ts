import type { Evaluation, Evidence, Recommendation, SizeChange } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import { sizePatches } from '../../recommend/size-patch.js';
import type { ContainerProfile, WorkloadProfile } from '../derived/workload-profiles.js';
import { historyConfidence } from './over-requested.js';

/** What cpu-under-requested and memory-under-requested differ in. */
export interface UnderRequested {
  resource: 'CPU' | 'memory';
  requestOf(container: ContainerProfile): number | null;
  /** Share of the time above the request; null where it was not measured. */
  shareAbove(container: ContainerProfile): number | null;
  /** What it should ask for, more than it does. */
  advise(container: ContainerProfile): Pick<SizeChange, 'cpuCores' | 'memoryBytes' | 'keepMemoryLimit'>;
  /** `500m → 1200m`. */
  summaryOf(container: ContainerProfile): string;
  evidenceOf(container: ContainerProfile, window: Window): Evidence[];
  backtestOf(container: ContainerProfile): Recommendation['backtest'];
  /** What happens to use above a request. */
  consequence: string;
}

function label(container: ContainerProfile): string {
  return container.role ?? `container ${container.name}`;
}

function found(
  profile: WorkloadProfile,
  short: readonly ContainerProfile[],
  rule: UnderRequested,
  window: Window,
): Evaluation {
  const [worst] = short;
  const advised = short.map((container) => rule.advise(container));
  const changes = short.map((container) => `${label(container)} ${rule.summaryOf(container)}`).join(', ');
  const share = worst ? (rule.shareAbove(worst) ?? 0) : 0;
  const { value, why } = historyConfidence(profile, 0.95);
  const sizes = short.map(({ name, role }, i) => ({ container: name, role, ...advised[i] }));
  return {
    state: 'finding',
    subject: profile.subject,
    title: `${rule.resource} use above the request for ${Math.round(share * 100)} % of the time: ${changes}`,
    evidence: short.flatMap((container) => [
      ...rule.evidenceOf(container, window),
      {
        metric: `time above the ${rule.resource} request (${container.role ?? container.name})`,
        value: (rule.shareAbove(container) ?? 0) * 100,
        unit: '%',
        window,
        samples: rule.resource === 'CPU' ? container.cpuSamples : container.memorySamples,
      },
    ]),
    confidence: { value, why: why.replace('; the change passed its backtest', '') },
    recommendation: {
      summary: `Request what it uses: ${changes}.`,
      risk: `It takes more of its node. Left as it is: ${rule.consequence}`,
      sizes,
      patches: sizePatches(profile.row, sizes),
      backtest: worst ? rule.backtestOf(worst) : null,
    },
  };
}

/** The states of one workload; `maxShare`: of the time that use may be above the request. */
export function evaluateUnderRequested(
  profile: WorkloadProfile,
  rule: UnderRequested,
  maxShare: number,
  window: Window,
): Evaluation {
  const { subject } = profile;
  const name = `${rule.resource} under request`;
  const asking = profile.containers.filter((container) => (rule.requestOf(container) ?? 0) > 0);
  if (profile.system) return { state: 'not-applicable', subject, title: `${name}: a part of the cluster itself` };
  if (asking.length === 0 && profile.containers.some((container) => !container.resourcesKnown))
    return { state: 'insufficient-data', subject, title: `${name}: its ${rule.resource} request was not read` };
  if (asking.length === 0)
    return { state: 'not-applicable', subject, title: `${name}: it has no ${rule.resource} request` };
  if (profile.tooLittle) return { state: 'insufficient-data', subject, title: `${name}: ${profile.tooLittle}` };
  const short = asking
    .filter((container) => (rule.shareAbove(container) ?? 0) > maxShare)
    .sort((a, b) => (rule.shareAbove(b) ?? 0) - (rule.shareAbove(a) ?? 0));
  if (short.length > 0) return found(profile, short, rule, profile.measured ?? window);
  const unmeasured = asking.find((container) => rule.shareAbove(container) === null);
  if (unmeasured)
    return {
      state: 'insufficient-data',
      subject,
      title: `${name}: no ${rule.resource} use of ${label(unmeasured)} was measured`,
    };
  return { state: 'ok', subject, title: `${rule.resource} use keeps below the request` };
}
