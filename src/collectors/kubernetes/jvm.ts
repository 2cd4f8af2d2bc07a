import type { JvmHeap } from '../../model/posture.js';
import type { Container } from './schema.js';

/** Variables that the JVM or its launcher reads itself, from the weakest; others reach it by the command line. */
const WEAKER = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS'];
const STRONGEST = '_JAVA_OPTIONS';
/** Names of the variables by which start scripts pass options on: JAVA_OPTS, KAFKA_HEAP_OPTS, ES_JAVA_OPTS, CATALINA_OPTS, … */
const PASSED_ON = /JAVA|JVM|JDK|HEAP|_OPTS$|_OPTIONS$/i;

// A size as the JVM takes it: bytes, or with one of its units.
const FIXED = /(?:^|[\s"'=])(-Xmx|-XX:MaxHeapSize=)(\d+)([kmgt]?)(?![\w.])/gi;
const PERCENT = /(?:^|[\s"'=])-XX:MaxRAMPercentage=(\d+(?:\.\d+)?)/g;
/** Java 8's: one part of so many. */
const FRACTION = /(?:^|[\s"'=])-XX:MaxRAMFraction=(\d+)/g;

function bytesOf(number: string, unit: string): number {
  return Number(number) * 1024 ** (unit ? 'kmgt'.indexOf(unit.toLowerCase()) + 1 : 0);
}

/** The options of a container in the order in which the JVM takes them: the last one holds. */
function optionsOf({ env, command, args }: Container): string {
  const literal = (env ?? []).filter(({ value, valueFrom }) => value && !valueFrom);
  const valuesOf = (isWanted: (name: string) => boolean) =>
    literal.filter(({ name }) => isWanted(name)).map(({ value }) => value ?? '');
  return [
    ...WEAKER.flatMap((name) => valuesOf((other) => other === name)),
    ...valuesOf((name) => PASSED_ON.test(name) && name !== STRONGEST && !WEAKER.includes(name)),
    ...(command ?? []),
    ...(args ?? []),
    ...valuesOf((name) => name === STRONGEST),
  ].join(' ');
}

/**
 * How large the heap of the JVM in a container may grow, as its variables, command and arguments say literally;
 * undefined where they say nothing. A fixed size holds over a share of the container's memory (HotSpot).
 */
export function jvmHeapOf(container: Container): JvmHeap | undefined {
  const options = optionsOf(container);
  const fixed = [...options.matchAll(FIXED)].at(-1);
  if (fixed) return { bytes: bytesOf(fixed[2] ?? '', fixed[3] ?? ''), percent: null };
  const percent = [...options.matchAll(PERCENT)].at(-1)?.[1];
  if (percent !== undefined) return heapOfPercent(Number(percent));
  const fraction = [...options.matchAll(FRACTION)].at(-1)?.[1];
  return fraction === undefined ? undefined : heapOfPercent(100 / Number(fraction));
}

function heapOfPercent(percent: number): JvmHeap | undefined {
  return percent > 0 && percent <= 100 ? { bytes: null, percent } : undefined;
}
