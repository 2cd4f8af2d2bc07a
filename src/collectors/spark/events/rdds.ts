import type { CachedRdd } from '../../../model/spark.js';
import { countOf, type JsonObject, listOf, objectOf, textOf } from '../json.js';
import type { EventHandlers } from './handlers.js';

/** Name of the operator that an RDD belongs to; Spark keeps it as JSON within JSON. */
export function scopeOf(rdd: JsonObject): string | null {
  const scope = textOf(rdd.Scope);
  if (scope === null) return null;
  try {
    return textOf(objectOf(JSON.parse(scope)).name);
  } catch {
    return null;
  }
}

/** Sizes of cached blocks, by block and executor, and the largest sum seen. */
class BlockSizes {
  private readonly blocks = new Map<string, { memory: number; disk: number }>();
  private memory = 0;
  private disk = 0;
  private most = { blocks: 0, memory: 0, disk: 0 };

  set(block: string, memory: number, disk: number): void {
    const before = this.blocks.get(block);
    this.memory += memory - (before?.memory ?? 0);
    this.disk += disk - (before?.disk ?? 0);
    if (memory + disk > 0) this.blocks.set(block, { memory, disk });
    else this.blocks.delete(block);
    if (this.memory + this.disk > this.most.memory + this.most.disk)
      this.most = { blocks: this.blocks.size, memory: this.memory, disk: this.disk };
  }

  peak() {
    return this.most;
  }
}

export interface RddSnapshot {
  byId: Map<number, CachedRdd>;
  sizes: Map<number, object>;
}

export class RddTable {
  private readonly byId = new Map<number, CachedRdd>();
  private readonly sizes = new Map<number, BlockSizes>();

  snapshot(): RddSnapshot {
    return { byId: this.byId, sizes: this.sizes };
  }

  restore({ byId, sizes }: RddSnapshot): void {
    for (const [id, rdd] of byId) this.byId.set(id, rdd);
    for (const [id, fields] of sizes) this.sizes.set(id, Object.assign(new BlockSizes(), fields));
  }

  /** Notes which persisted RDDs a stage has in its lineage. */
  addStage(rddInfos: unknown, stageId: number): void {
    for (const info of listOf(rddInfos).map(objectOf)) {
      const id = countOf(info['RDD ID']);
      const level = objectOf(info['Storage Level']);
      const useMemory = level['Use Memory'] === true;
      const useDisk = level['Use Disk'] === true;
      if (id === null || !(useMemory || useDisk)) continue;
      const rdd = this.byId.get(id) ?? { ...newRdd(id, info, level), useMemory, useDisk };
      this.byId.set(id, rdd);
      if (!rdd.stageIds.includes(stageId)) rdd.stageIds.push(stageId);
      const cached = countOf(info['Number of Cached Partitions']) ?? 0;
      // Later versions leave these at 0 in the log; then the size is not known.
      if (cached === 0) continue;
      rdd.cachedPartitions = Math.max(rdd.cachedPartitions ?? 0, cached);
      rdd.memoryBytes = Math.max(rdd.memoryBytes ?? 0, countOf(info['Memory Size']) ?? 0);
      rdd.diskBytes = Math.max(rdd.diskBytes ?? 0, countOf(info['Disk Size']) ?? 0);
    }
  }

  unpersist(id: number): void {
    const rdd = this.byId.get(id);
    if (rdd) rdd.unpersisted = true;
  }

  setBlock(rddId: number, block: string, memory: number, disk: number): void {
    const sizes = this.sizes.get(rddId) ?? new BlockSizes();
    this.sizes.set(rddId, sizes);
    sizes.set(block, memory, disk);
  }

  rows(): CachedRdd[] {
    for (const [id, sizes] of this.sizes) {
      const rdd = this.byId.get(id);
      const { blocks, memory, disk } = sizes.peak();
      if (rdd) Object.assign(rdd, { cachedPartitions: blocks, memoryBytes: memory, diskBytes: disk });
    }
    return [...this.byId.values()].sort((a, b) => a.id - b.id);
  }
}

function newRdd(id: number, info: JsonObject, level: JsonObject): CachedRdd {
  return {
    id,
    name: textOf(info.Name) ?? '',
    scope: scopeOf(info),
    useMemory: false,
    useDisk: false,
    deserialized: level.Deserialized === true,
    replication: countOf(level.Replication) ?? 1,
    partitions: countOf(info['Number of Partitions']) ?? 0,
    cachedPartitions: null,
    memoryBytes: null,
    diskBytes: null,
    stageIds: [],
    unpersisted: false,
  };
}

export const rddEvents: EventHandlers = {
  SparkListenerUnpersistRDD({ rdds }, event) {
    const id = countOf(event['RDD ID']);
    if (id !== null) rdds.unpersist(id);
  },

  // Only where spark.eventLog.logBlockUpdates.enabled is true.
  SparkListenerBlockUpdated({ rdds }, event) {
    const info = objectOf(event['Block Updated Info']);
    const block = textOf(info['Block ID']) ?? '';
    const rddId = /^rdd_(\d+)_/.exec(block)?.[1];
    if (rddId === undefined) return;
    const executor = textOf(objectOf(info['Block Manager ID'])['Executor ID']) ?? '';
    rdds.setBlock(
      Number(rddId),
      `${block}@${executor}`,
      countOf(info['Memory Size']) ?? 0,
      countOf(info['Disk Size']) ?? 0,
    );
  },
};
