import type { Subject } from '../../model/finding.js';
import { spend } from '../../pricing/spend.js';
import { type RunBytes, runBytes } from '../../store/transfer.js';
import { defineArtifact } from '../rule.js';
import { sum } from './numbers.js';
import { runZones } from './run-zones.js';

/** What one run moved. */
export interface RunTransfer extends RunBytes {
  /** Shuffle bytes expected to cross zones; undefined where the executors' zones are not known. */
  crossZoneBytes: number | undefined;
}

/** A Spark family, what its logged runs moved, and what its pods were charged in the window. */
export interface FamilyTransfers {
  subject: Subject;
  /** Runs that were seen, logged or not. */
  runs: number;
  logged: RunTransfer[];
  /** In the covered hours; null where no price is known. */
  computeUsd: number | null;
}

/** Shuffle blocks lie where their map tasks ran: with shares s of the executors, 1 − Σ s² of the bytes cross. */
export function crossShare(zones: readonly { pods: number }[]): number {
  const all = sum(zones.map(({ pods }) => pods));
  return all > 0 ? 1 - sum(zones.map(({ pods }) => (pods / all) ** 2)) : 0;
}

/** Spark families of one namespace beside what all of it is charged. */
export interface NamespaceTransfers {
  subject: Subject;
  families: FamilyTransfers[];
  /** Of everything in the namespace in the covered hours; null where no price is known. */
  computeUsd: number | null;
}

/** Namespaces with more than one Spark family; a single one speaks for its namespace. */
export const namespaceTransfers = defineArtifact<NamespaceTransfers[]>({
  id: 'namespace-transfers',
  sources: ['kubernetes', 'prometheus', 'spark-logs'],
  compute({ get }) {
    const namespaces = new Map<string, FamilyTransfers[]>();
    for (const family of get(transfers)) {
      const key = family.subject.namespace ?? '';
      namespaces.set(key, [...(namespaces.get(key) ?? []), family]);
    }
    const spent = [...get(spend).workloads.values()];
    return [...namespaces].flatMap(([name, families]): NamespaceTransfers[] => {
      if (families.length < 2) return [];
      const own = spent.filter(({ workload }) => workload.namespace === name);
      const isPriced = own.some(({ pricedHours }) => pricedHours > 0);
      const cluster = families[0]?.subject.cluster;
      return [
        {
          subject: { kind: 'Namespace', ...(cluster !== undefined && { cluster }), name },
          families,
          computeUsd: isPriced ? sum(own.map(({ usd }) => usd)) : null,
        },
      ];
    });
  },
});

export const transfers = defineArtifact<FamilyTransfers[]>({
  id: 'transfers',
  sources: ['kubernetes', 'prometheus', 'spark-logs'],
  compute({ db, get }) {
    const { workloads } = get(spend);
    return get(runZones).map(({ row, subject, runs }) => {
      const own = workloads.get(row.id);
      const logged = runs.flatMap(({ appId, zones, shuffleBytes }): RunTransfer[] => {
        const bytes = appId === undefined ? undefined : runBytes(db, appId);
        if (!bytes) return [];
        const crossZoneBytes = zones.length > 0 ? (shuffleBytes ?? 0) * crossShare(zones) : undefined;
        return [{ ...bytes, crossZoneBytes }];
      });
      return { subject, runs: runs.length, logged, computeUsd: own && own.pricedHours > 0 ? own.usd : null };
    });
  },
});
