import { z } from 'zod';
import type { LedgerKind, Subject } from '../model/finding.js';
import { formatCpuQuantity, formatMemoryQuantity } from '../model/quantity.js';
import type { ReportFinding } from '../model/report.js';
import type { Db } from '../store/open.js';
import { awsState, isStillThere, newestNodes, newestRequests, volumeSeenMs, workloadOf } from '../store/savings.js';
import { loggedConf } from '../store/schedules.js';

/** What can be read of a subject now, by the name of the field; what cannot be read is not in it. */
export type Fields = ReadonlyMap<string, string>;

const SparkSpec = z.object({
  schedule: z.string().optional(),
  sparkConf: z.record(z.string(), z.string()).optional(),
  executor: z.object({ instances: z.number().optional() }).optional(),
});
const ScheduledSpec = SparkSpec.extend({ template: SparkSpec.optional() });

function thereText(isThere: boolean | undefined): string | undefined {
  return isThere === undefined ? undefined : isThere ? 'there' : 'gone';
}

function specFields(text: string | null): [string, string][] {
  const spec = ScheduledSpec.safeParse(text === null ? {} : JSON.parse(text)).data;
  if (!spec) return [];
  const inner = spec.template ?? spec;
  const instances = inner.executor?.instances;
  return [
    ...(spec.schedule ? ([['schedule', spec.schedule]] satisfies [string, string][]) : []),
    ...(instances === undefined ? [] : ([['executors', String(instances)]] satisfies [string, string][])),
    ...Object.entries(inner.sparkConf ?? {}).map(([name, value]): [string, string] => [`conf ${name}`, value]),
  ];
}

function workloadFields(db: Db, cluster: string, subject: Subject): Fields {
  const workload = workloadOf(db, cluster, subject);
  if (!workload) return new Map();
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(loggedConf(db, workload.id) ?? {})) fields.set(`conf ${name}`, value);
  for (const [name, value] of specFields(workload.spec)) fields.set(name, value);
  for (const { role, name, cpu, memory } of newestRequests(db, workload.id)) {
    const whose = role ?? `container ${name}`;
    if (cpu !== null) fields.set(`CPU request of ${whose}`, formatCpuQuantity(cpu));
    if (memory !== null) fields.set(`memory request of ${whose}`, formatMemoryQuantity(memory));
  }
  const nodes = newestNodes(db, workload.id);
  if (nodes.length > 0) fields.set('nodes', nodes.join(', '));
  if (workload.replicas !== null) fields.set('replicas', String(workload.replicas));
  const there = thereText(isStillThere(db, cluster, workload.lastSeenMs));
  if (there) fields.set('presence', there);
  return fields;
}

const GONE_STATES: ReadonlySet<string> = new Set(['terminated', 'deleted', 'deleting', 'shutting-down']);

/** What is set now. */
export function fieldsOf(db: Db, cluster: string, subject: Subject): Fields {
  if (subject.kind === 'PersistentVolumeClaim' || subject.kind === 'PersistentVolume') {
    const seenMs = volumeSeenMs(db, cluster, subject);
    const there = seenMs === undefined ? undefined : thereText(isStillThere(db, cluster, seenMs));
    return new Map(there ? [['presence', there]] : []);
  }
  if (subject.kind === 'EC2Instance' || subject.kind === 'EBSVolume') {
    const state = awsState(db, subject);
    return new Map(
      state
        ? [
            ['presence', GONE_STATES.has(state) ? 'gone' : 'there'],
            ['state', state],
          ]
        : [],
    );
  }
  return workloadFields(db, cluster, subject);
}

function confNames({ recommendation }: ReportFinding): Set<string> {
  const texts = recommendation?.patches.map(({ content }) => content) ?? [];
  return new Set(texts.flatMap((text) => [...text.matchAll(/\bspark\.[A-Za-z0-9_.]+/g)].map(([name]) => name)));
}

/** The fields by which one sees that a finding's change was made. */
export function watchedNames(finding: ReportFinding, ledger: LedgerKind | null, fields: Fields): string[] {
  const conf = confNames(finding);
  const isOwn = (name: string): boolean => {
    if (name.startsWith('conf ')) return conf.has(name.slice('conf '.length));
    if (ledger === 'idle') return name === 'presence' || name === 'replicas' || name === 'state';
    if (ledger === 'type' || ledger === 'spot') return name === 'nodes' || name === 'schedule';
    if (ledger === 'count') return name === 'executors' || name === 'replicas';
    if (finding.rule.includes('cpu') || finding.rule.includes('cores')) return name.startsWith('CPU request');
    if (finding.rule.includes('memory')) return name.startsWith('memory request');
    return ledger === 'size' && name.includes(' request of ');
  };
  return [...fields.keys()].filter(isOwn);
}
