const SUFFIX: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Kubernetes keeps quantities in 64 bits. */
const MAX_QUANTITY = 2 ** 63;

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/**
 * The number behind a Kubernetes quantity (`250m`, `1536Mi`, `2e3`), in its base unit (cores, bytes, pieces).
 * Undefined if the text is none, or beyond what Kubernetes holds. Source: k8s.io/apimachinery resource.Quantity.
 */
export function parseQuantity(text: string | number | undefined): number | undefined {
  const value = typeof text === 'number' ? text : numberOf(text);
  return value !== undefined && Math.abs(value) < MAX_QUANTITY ? value : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  // An exponent or a suffix, never both.
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([eE][+-]?\d+|n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(
    text?.trim() ?? '',
  );
  if (!match) return undefined;
  const [, number = '', end = ''] = match;
  const factor = SUFFIX[end];
  return factor === undefined ? Number(`${number}${end}`) : Number(number) * factor;
}

/** CPU as people write it: `2`, `1500m`, rounded up to `stepCores` (10 m by default). */
export function formatCpuQuantity(cores: number, stepCores = 0.01): string {
  const milli = Math.ceil(Math.round((cores / stepCores) * 1e6) / 1e6) * Math.round(stepCores * 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** Memory as people write it: `4Gi`, `1536Mi`, rounded up to `stepBytes` (16 MiB by default). */
export function formatMemoryQuantity(bytes: number, stepBytes = 16 * MIB): string {
  const mib = (Math.ceil(Math.round((bytes / stepBytes) * 1e6) / 1e6) * stepBytes) / MIB;
  return mib % 1024 === 0 && mib > 0 ? `${mib / 1024}Gi` : `${mib}Mi`;
}

/**
 * Bytes of a Spark (JVM) memory setting: `2g`, `512m`, `1024` with `defaultUnit` (MiB for most settings).
 * Undefined if the text is none. Source: org.apache.spark.network.util.JavaUtils.byteStringAs.
 */
export function parseJvmMemory(text: string | undefined, defaultUnitBytes = MIB): number | undefined {
  const match = /^(\d+)(?:([kmgtp])b?|(b))?$/i.exec(text?.trim() ?? '');
  if (!match) return undefined;
  const [, number, unit, bytes] = match;
  if (unit) return Number(number) * 1024 ** ('kmgtp'.indexOf(unit.toLowerCase()) + 1);
  return Number(number) * (bytes ? 1 : defaultUnitBytes);
}
