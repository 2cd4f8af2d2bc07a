import type { Evaluation, Evidence, Impact, Recommendation, SizeChange } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import type { Spend, WorkloadSpend } from '../../pricing/spend.js';
import { sizePatches } from '../../recommend/size-patch.js';
import type { ContainerProfile, WorkloadProfile } from '../derived/workload-profiles.js';

/** One container whose request could be smaller. */
export interface Oversize {
  container: ContainerProfile;
  change: SizeChange;
  recommendation: Pick<Recommendation, 'backtest'>;
  /** Mean of what would be freed while a container runs, in cores or bytes. */
  freed: number;
  evidence: Evidence[];
  /** `2 → 350m`. */
  summary: string;
  /** What more is to be known of this container before it gets less. */
  risk?: string;
}

/** What cpu-over-requested and memory-over-requested have in common: the states, the sums and the dollars. */
export interface OverRequested {
  resource: 'CPU' | 'memory';
  /** Undefined where the container is fine, or asks for nothing. */
  oversizeOf(container: ContainerProfile, window: Window): Oversize | undefined;
  /** A container that could be smaller but whose change failed its backtest. */
  failedBacktest(container: ContainerProfile): string | undefined;
  /** A reason why this workload must not be made smaller. */
  forbids(profile: WorkloadProfile): string | undefined;
  hasRequest(container: ContainerProfile): boolean;
  /** Whether there is enough history of this resource to choose a size. */
  isSized(container: ContainerProfile): boolean;
  impactOf(freedMean: number, usdPerMonth: number | null): Partial<Impact>;
  /** Mean USD per unit and hour of what is freed, where the workload ran. */
  unitUsd(spend: WorkloadSpend): number | null;
  confidence(profile: WorkloadProfile): { value: number; why: string };
  risk: string;
}

function label(container: ContainerProfile): string {
  return container.role ?? `container ${container.name}`;
}

/** USD per month of what the changes free, at the price of the nodes where the workload ran. */
function dollars(oversizes: readonly Oversize[], rule: OverRequested, spend: Spend, workloadId: number): number | null {
  const own = spend.workloads.get(workloadId);
  const unit = own ? rule.unitUsd(own) : null;
  if (!own || unit === null || spend.toMonth === null) return null;
  const unitHours = oversizes.reduce((sum, { freed, container }) => sum + freed * container.containerHours, 0);
  return unitHours * unit * spend.toMonth;
}

export function evaluateOverRequested(profile: WorkloadProfile, rule: OverRequested, spend: Spend): Evaluation {
  const { subject, measured } = profile;
  const name = rule.resource;
  if (profile.system) return { state: 'not-applicable', subject, title: `${name} size: a part of the cluster itself` };
  const asking = profile.containers.filter((container) => rule.hasRequest(container));
  if (asking.length === 0 && profile.containers.some((container) => !container.resourcesKnown))
    return { state: 'insufficient-data', subject, title: `${name} size: its ${name} request was not read` };
  if (asking.length === 0)
    return { state: 'not-applicable', subject, title: `${name} size: no ${name} request to make smaller` };
  if (profile.tooLittle || !measured)
    return {
      state: 'insufficient-data',
      subject,
      title: `${name} size: ${profile.tooLittle ?? 'no use was measured'}`,
    };
  const forbidden = rule.forbids(profile);
  if (forbidden) return { state: 'ok', subject, title: `${name} size: ${forbidden}` };
  // The largest first: its backtest is the one that is shown.
  const oversizes = asking
    .flatMap((container) => rule.oversizeOf(container, measured) ?? [])
    .sort((a, b) => b.freed * b.container.containerHours - a.freed * a.container.containerHours);
  if (oversizes.length === 0) {
    const failed = profile.containers
      .map((container) => rule.failedBacktest(container))
      .find((why) => why !== undefined);
    const unsized = asking.find((container) => !rule.isSized(container));
    if (failed === undefined && unsized)
      return {
        state: 'insufficient-data',
        subject,
        title: `${name} size: too little ${name} use of ${label(unsized)} was measured to choose and to examine a size`,
      };
    return { state: 'ok', subject, title: failed ?? `${name} request fits the use` };
  }
  const changes = oversizes.map(({ container, summary }) => `${label(container)} ${summary}`).join(', ');
  const freedMean =
    spend.hoursCovered > 0
      ? oversizes.reduce(
          (sum, { freed, container }) => sum + (freed * container.containerHours) / spend.hoursCovered,
          0,
        )
      : null;
  return {
    state: 'finding',
    subject,
    title: `${name} request far above use: ${changes}`,
    evidence: oversizes.flatMap((oversize) => oversize.evidence),
    impact: freedMean === null ? {} : rule.impactOf(freedMean, dollars(oversizes, rule, spend, profile.row.id)),
    confidence: rule.confidence(profile),
    recommendation: {
      summary: `Request less ${name}: ${changes}.`,
      risk: [rule.risk, ...oversizes.flatMap((oversize) => oversize.risk ?? [])].join(' '),
      sizes: oversizes.map((oversize) => oversize.change),
      patches: sizePatches(
        profile.row,
        oversizes.map((oversize) => oversize.change),
      ),
      backtest: oversizes[0]?.recommendation.backtest ?? null,
    },
  };
}

/** Fewer readings an hour than a step of half an hour gives, as of metrics.k8s.io, say little of peaks. */
const DENSE_READINGS = 2;
const SPARSE_CONFIDENCE = 0.4;

/** More days are more certain; a full fortnight is as sure as history makes it. */
export function historyConfidence(profile: WorkloadProfile, most: number): { value: number; why: string } {
  const days = profile.hours / 24;
  const readings = Math.max(0, ...profile.containers.map((one) => one.cpuSamples / Math.max(1, one.containerHours)));
  if (readings < DENSE_READINGS)
    return {
      value: Math.min(most, SPARSE_CONFIDENCE),
      why: `${days.toFixed(1)} days with ${readings.toFixed(1)} readings an hour: peaks between them were not seen`,
    };
  const value = Math.min(most, 0.6 + 0.3 * Math.min(1, days / 14) + (profile.row.runs >= 10 ? 0.05 : 0));
  const runs = profile.row.runs > 0 ? ` in ${profile.row.runs} runs` : '';
  return {
    value: Math.round(value * 100) / 100,
    why: `${days.toFixed(1)} days of use${runs}; the change passed its backtest`,
  };
}
