import { type Finding, type Impact, LEDGER_ORDER, type LedgerKind } from '../model/finding.js';

/** What the things of the report cost per month; null where the price is unknown. */
export interface CostScopes {
  /** USD/month of each workload on each node it ran on: key of workloadKey() → node → USD. */
  workloads: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Whole USD/month of each node, idle included. */
  nodes: ReadonlyMap<string, number>;
  /** USD/month of things that stand alone: instances outside clusters, volumes. Key of ownKey(). */
  own: ReadonlyMap<string, number>;
  /** Two names of one thing: a claim's key → the key of the EBS volume behind it. */
  aliases: ReadonlyMap<string, string>;
  /** What a thing that costs nothing by itself is billed for: a stopped instance's key → keys of its volumes. */
  parts: ReadonlyMap<string, readonly string[]>;
  /** Nodes of a node group, by the group's name. */
  nodeGroups: ReadonlyMap<string, readonly string[]>;
  /** What each workload holds on average over the covered hours. Key of workloadKey(). */
  capacity: ReadonlyMap<string, { cpuCores: number; memoryBytes: number }>;
}

export function workloadKey(namespace: string | undefined, kind: string, name: string): string {
  return `${namespace ?? ''}/${kind}/${name}`;
}

export function ownKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

/** A pot of dollars from which savings are taken. */
interface Pot {
  total: number;
  left: number;
}

function pot(total: number): Pot {
  return { total, left: total };
}

/** Savings that take a share of what is paid act on what is left, after idle and size have been taken away. */
const PROPORTIONAL: ReadonlySet<LedgerKind> = new Set(['type', 'spot']);

class Ledger {
  private readonly nodes = new Map<string, Pot>();
  /** What each workload costs on each of its nodes. */
  private readonly workloads = new Map<string, ReadonlyMap<string, Pot>>();
  private readonly own = new Map<string, Pot>();
  private readonly cores = new Map<string, Pot>();
  private readonly memory = new Map<string, Pot>();

  constructor(private readonly scopes: CostScopes) {
    for (const [name, usd] of scopes.nodes) this.nodes.set(name, pot(usd));
    for (const [key, usd] of scopes.own) this.own.set(key, pot(usd));
    for (const [key, { cpuCores, memoryBytes }] of scopes.capacity) {
      this.cores.set(key, pot(cpuCores));
      this.memory.set(key, pot(memoryBytes));
    }
    for (const [key, byNode] of scopes.workloads)
      this.workloads.set(key, new Map(Array.from(byNode, ([node, usd]) => [node, pot(usd)])));
  }

  /** What of `claimUsd` is still there to be saved; it is booked. */
  book(finding: Finding, kind: LedgerKind, claimUsd: number): number {
    const { kind: subjectKind, namespace, name, nodeGroup } = finding.subject;
    const workload = workloadKey(namespace, subjectKind, name);
    const parts = this.workloads.get(workload);
    if (parts) return this.fromWorkload(parts, kind, claimUsd);
    const group = this.scopes.nodeGroups.get(nodeGroup ?? name);
    if ((subjectKind === 'NodeGroup' || nodeGroup !== undefined) && group)
      return fromPots(this.nodes, group, kind, claimUsd);
    if (subjectKind === 'Node') return fromPots(this.nodes, [name], kind, claimUsd);
    const key = ownKey(subjectKind, namespace, name);
    const names = this.scopes.parts.get(key) ?? [this.scopes.aliases.get(key) ?? key];
    return fromPots(this.own, names, kind, claimUsd);
  }

  /** What of the capacity is still there to be freed. Only workloads hold capacity. */
  free(finding: Finding, kind: LedgerKind): Pick<Impact, 'freedCpuCores' | 'freedMemoryBytes'> {
    const { freedCpuCores, freedMemoryBytes } = finding.impact;
    const key = workloadKey(finding.subject.namespace, finding.subject.kind, finding.subject.name);
    const from = (pots: Map<string, Pot>, claim: number | null) => {
      const own = pots.get(key);
      return claim === null || !own ? claim : take(own, kind, claim);
    };
    return { freedCpuCores: from(this.cores, freedCpuCores), freedMemoryBytes: from(this.memory, freedMemoryBytes) };
  }

  /**
   * A workload's saving is gone from its nodes too, each by its share. What a node has not left is not to be had from
   * another: where it was booked whole, the workload's part of it was booked with it.
   */
  private fromWorkload(parts: ReadonlyMap<string, Pot>, kind: LedgerKind, claimUsd: number): number {
    const total = [...parts.values()].reduce((sum, part) => sum + part.total, 0);
    if (total <= 0) return 0;
    let booked = 0;
    for (const [node, part] of parts) {
      const onNode = this.nodes.get(node);
      const wanted = amount(part, kind, (claimUsd * part.total) / total);
      const taken = onNode ? Math.min(wanted, onNode.left) : wanted;
      if (onNode) onNode.left -= taken;
      part.left -= taken;
      booked += taken;
    }
    return booked;
  }
}

function amount(from: Pot, kind: LedgerKind, claimUsd: number): number {
  const claim = PROPORTIONAL.has(kind) && from.total > 0 ? (claimUsd * from.left) / from.total : claimUsd;
  return Math.min(Math.max(0, claim), from.left);
}

function take(from: Pot, kind: LedgerKind, claimUsd: number): number {
  const taken = amount(from, kind, claimUsd);
  from.left -= taken;
  return taken;
}

/** Takes from several pots, from each by its share of what they cost. */
function fromPots(all: ReadonlyMap<string, Pot>, names: readonly string[], kind: LedgerKind, claimUsd: number): number {
  const pots = names.map((name) => all.get(name)).filter((found) => found !== undefined);
  const total = pots.reduce((sum, each) => sum + each.total, 0);
  if (total <= 0) return 0;
  return pots.reduce((sum, each) => sum + take(each, kind, (claimUsd * each.total) / total), 0);
}

/**
 * Books every dollar, core and byte once: findings in the order idle, size, count, type, spot (larger claims first),
 * each gets what the ones before it left. The sum never exceeds the cost, in no scope.
 * @param ledgerOf - the ledger line of a rule, null if it saves nothing.
 * @param isMuted - findings that nobody wants to act on: they get what all others leave.
 */
export function bookSavings(
  findings: readonly Finding[],
  ledgerOf: (rule: string) => LedgerKind | null,
  scopes: CostScopes,
  isMuted: (finding: Finding) => boolean = () => false,
): Finding[] {
  const ledger = new Ledger(scopes);
  const claims = findings.flatMap((finding) => {
    const kind = finding.state === 'finding' ? ledgerOf(finding.rule) : null;
    return kind ? [{ finding, kind, usd: finding.impact.usdPerMonth }] : [];
  });
  claims.sort(
    (a, b) =>
      Number(isMuted(a.finding)) - Number(isMuted(b.finding)) ||
      LEDGER_ORDER.indexOf(a.kind) - LEDGER_ORDER.indexOf(b.kind) ||
      (b.usd ?? -1) - (a.usd ?? -1) ||
      (a.finding.fingerprint < b.finding.fingerprint ? -1 : 1),
  );
  const booked = new Map<Finding, Finding>();
  for (const { finding, kind, usd } of claims) {
    const usdPerMonth = usd === null ? null : ledger.book(finding, kind, usd);
    booked.set(finding, { ...finding, impact: { ...finding.impact, ...ledger.free(finding, kind), usdPerMonth } });
  }
  return findings.map((finding) => booked.get(finding) ?? finding);
}
