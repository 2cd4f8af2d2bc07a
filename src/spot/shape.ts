import type { InstanceType } from '../store/prices.js';

/** `r5ad.4xlarge`: series r, generation 5, attributes ad, size 4xlarge. */
interface TypeName {
  series: string;
  generation: number;
  attributes: string;
  size: string;
}

function parseName(name: string): TypeName | undefined {
  const [, series, generation, attributes = '', size] = /^([a-z]+?)(\d+)([a-z-]*)\.(.+)$/.exec(name) ?? [];
  if (!series || !size) return undefined;
  return { series, generation: Number(generation), attributes, size };
}

/** Compute, general purpose and memory: the same machines with more or less memory. */
const PLAIN_SERIES: ReadonlySet<string> = new Set(['c', 'm', 'r']);
/** CPU credits: an hour of these is not an hour of work. */
const BURSTABLE = 't';

/** What the name promises beyond cores and memory: local disks, network, extra memory bandwidth. */
function extrasOf({ attributes }: TypeName): string[] {
  return ['d', 'n', 'b', 'z'].filter((letter) => attributes.includes(letter));
}

/** Their cores are theirs for a share of the time only. */
const isFlex = ({ attributes }: TypeName): boolean => attributes.endsWith('-flex');
const isAmd = ({ attributes }: TypeName): boolean => attributes.includes('a');

function isComparable(from: TypeName, to: TypeName): boolean {
  if (from.series === BURSTABLE || to.series === BURSTABLE) return false;
  if (isFlex(from) !== isFlex(to)) return false;
  if (from.size.startsWith('metal') !== to.size.startsWith('metal')) return false;
  const sameSeries = from.series === to.series || (PLAIN_SERIES.has(from.series) && PLAIN_SERIES.has(to.series));
  return (
    sameSeries && to.generation >= from.generation && extrasOf(from).every((extra) => extrasOf(to).includes(extra))
  );
}

/**
 * Types with as many cores, as much memory, the same architecture and GPUs, no older, with no less of what the name
 * promises: what runs on one runs on the other.
 */
export function sameShape(name: string, types: readonly InstanceType[]): string[] {
  const own = types.find((type) => type.name === name);
  const parsed = parseName(name);
  if (!own || !parsed) return [];
  return types
    .filter((type) => {
      const other = parseName(type.name);
      return (
        other !== undefined &&
        type.name !== name &&
        type.vcpu === own.vcpu &&
        type.memoryBytes === own.memoryBytes &&
        type.architecture === own.architecture &&
        type.gpuCount === own.gpuCount &&
        type.gpuName === own.gpuName &&
        isComparable(parsed, other)
      );
    })
    .map((type) => type.name);
}

/** Types of the plain series (compute, general, memory) with the same generation, attributes and architecture: other shapes. */
export function plainSiblings(name: string, types: readonly InstanceType[]): string[] {
  const [own, parsed] = [types.find((type) => type.name === name), parseName(name)];
  if (!own || !parsed || !PLAIN_SERIES.has(parsed.series)) return [];
  return types
    .filter((type) => {
      const other = parseName(type.name);
      return (
        other !== undefined &&
        type.name !== name &&
        PLAIN_SERIES.has(other.series) &&
        other.generation === parsed.generation &&
        other.attributes === parsed.attributes &&
        type.architecture === own.architecture &&
        !other.size.startsWith('metal')
      );
    })
    .map((type) => type.name);
}

/**
 * Work done in an hour relative to the present type. Nothing is credited for a newer generation; an AMD core in the
 * place of another is taken to do `amdWork` of its work.
 */
export function relativeWork(from: string, to: string, amdWork: number): number {
  const [now, then] = [parseName(from), parseName(to)];
  return now && then && isAmd(then) && !isAmd(now) ? amdWork : 1;
}
