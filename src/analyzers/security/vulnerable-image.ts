import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import type { StoredObject } from '../../store/posture.js';
import { counted, evidenceOf, listText, notJudged, posture, type WorkloadPosture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const TITLE = 'Vulnerabilities';
type Report = StoredObject<'VulnerabilityReport'>;

/** Trivy Operator scans the ReplicaSet of a Deployment and the Job of a CronJob, whose names begin with it. */
function isOf({ namespace, cluster, spec }: Report, { row, roles, pods }: WorkloadPosture): boolean {
  if (cluster !== row.cluster || namespace !== row.namespace) return false;
  const { kind, name } = spec.owner;
  if (kind === row.kind && name === row.name) return true;
  if (kind === 'Pod') return pods.some((pod) => pod.name === name);
  const made = { ReplicaSet: 'Deployment', Job: 'CronJob' }[kind];
  const containers = roles.flatMap((role) => role.posture.containers);
  return (
    made === row.kind &&
    name.startsWith(`${row.name}-`) &&
    !name.slice(row.name.length + 1).includes('-') &&
    (containers.length === 0 || containers.some((container) => container.name === spec.container))
  );
}

/** Old ReplicaSets keep their reports for a while: the newest of each container counts. */
function newestOf(reports: readonly Report[]): Report[] {
  const newest = new Map<string, Report>();
  for (const report of reports) {
    const known = newest.get(report.spec.container);
    if (!known || (report.spec.scannedMs ?? 0) > (known.spec.scannedMs ?? 0)) newest.set(report.spec.container, report);
  }
  return [...newest.values()];
}

export const vulnerableImage = defineRule({
  id: 'security/vulnerable-image',
  title: 'Image with critical vulnerabilities',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters: z.object({
    leastCritical: z.number().int().min(1).default(1).describe('critical findings of the scanner from which it fires'),
  }),
  *evaluate({ facts: { posture: facts }, parameters: { leastCritical }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const all = facts.objects('VulnerabilityReport');
    for (const workload of facts.workloads) {
      const { subject, row } = workload;
      const not = notJudged(workload, TITLE);
      const reports = newestOf(all.filter((report) => isOf(report, workload)));
      const bad = reports
        .filter(({ spec }) => spec.critical >= leastCritical)
        .sort((a, b) => b.spec.critical - a.spec.critical);
      const [worst] = bad;
      if (not) yield not;
      else if (worst) {
        const fixable = [...new Set(bad.flatMap(({ spec }) => spec.fixable))];
        yield {
          state: 'finding',
          subject,
          title: `${worst.spec.critical} critical in ${worst.spec.image}${bad.length > 1 ? `, and in ${counted(bad.length - 1, 'other image')}` : ''}`,
          evidence: bad.flatMap(({ spec }) => [
            evidence(`critical (${spec.container})`, spec.critical),
            evidence(`high (${spec.container})`, spec.high),
            evidence(`image (${spec.container})`, spec.image),
            evidence(
              `scanned (${spec.container})`,
              spec.scannedMs === null ? null : new Date(spec.scannedMs).toISOString(),
            ),
          ]),
          confidence: {
            value: 0.9,
            why: 'what Trivy Operator reported; whether the weak part is reached is not known',
          },
          recommendation: {
            summary:
              fixable.length > 0
                ? `Build the image on a newer base: ${listText(fixable, 3)} ${fixable.length === 1 ? 'has' : 'have'} a fix.`
                : 'No fix is out yet: take what is not needed out of the image, or another base.',
            risk: 'A newer base may bring newer libraries: run the tests.',
            patches: [
              {
                format: 'text',
                target: `${row.kind} ${row.namespace}/${row.name}`,
                content: bad.map(({ spec }) => `${spec.container}: ${spec.image}`).join('\n'),
              },
            ],
            backtest: null,
          },
        };
      } else if (reports.length > 0) yield { state: 'ok', subject, title: 'No critical finding in its images' };
      else if (facts.notListed(row.cluster, 'VulnerabilityReport'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: VulnerabilityReports were not read` };
      else if (all.every(({ cluster }) => cluster !== row.cluster))
        yield {
          state: 'not-applicable',
          subject,
          title: `${TITLE}: no VulnerabilityReport is in the cluster, and sparkfit scans nothing itself`,
        };
      else yield { state: 'insufficient-data', subject, title: `${TITLE}: its images have no report` };
    }
  },
});
