import { expect, it } from 'vitest';
import { jvmHeapOf } from '../../../src/collectors/kubernetes/jvm.js';
import { Pod } from '../../../src/collectors/kubernetes/schema.js';
import { GIB, MIB } from '../../../src/model/quantity.js';

interface Given {
  env?: { name: string; value?: string; valueFrom?: object }[];
  command?: string[];
  args?: string[];
}

/** As the API gives it. */
function heapOf(given: Given) {
  const pod = Pod.parse({
    metadata: { name: 'p', namespace: 'web' },
    spec: { containers: [{ name: 'app', image: 'a:1', ...given }] },
    status: {},
  });
  const [container] = pod.spec.containers;
  return container && jvmHeapOf(container);
}
const env = (name: string, value: string): Given => ({ env: [{ name, value }] });
const fixed = (bytes: number) => ({ bytes, percent: null });
const share = (percent: number) => ({ bytes: null, percent });

it.each<[string, Given, object | undefined]>([
  ['-Xmx of the command', { command: ['java', '-Xms1g', '-Xmx2g', '-jar', 'a.jar'] }, fixed(2 * GIB)],
  ['-Xmx of the arguments', { args: ['-Xmx512M'] }, fixed(512 * MIB)],
  ['-Xmx within a shell line', { command: ['sh', '-c', 'exec java -Xmx768m -cp "x" Main'] }, fixed(768 * MIB)],
  ['bytes', { args: ['-Xmx1073741824'] }, fixed(GIB)],
  ['MaxHeapSize', { args: ['-XX:MaxHeapSize=3g'] }, fixed(3 * GIB)],
  ['JAVA_TOOL_OPTIONS', env('JAVA_TOOL_OPTIONS', '-Xmx1g -Dfile.encoding=UTF-8'), fixed(GIB)],
  ['KAFKA_HEAP_OPTS', env('KAFKA_HEAP_OPTS', '-Xms6g -Xmx6g'), fixed(6 * GIB)],
  ['ES_JAVA_OPTS', env('ES_JAVA_OPTS', '-Xms4g -Xmx4g'), fixed(4 * GIB)],
  ['a share', env('JAVA_OPTS', '-XX:+UseG1GC -XX:MaxRAMPercentage=75.0'), share(75)],
  ['a fraction', env('JAVA_OPTS', '-XX:MaxRAMFraction=2'), share(50)],
  ['the fixed of both', env('JAVA_OPTS', '-XX:MaxRAMPercentage=75 -Xmx1g'), fixed(GIB)],
  ['the last of two', { args: ['-Xmx1g', '-Xmx2g'] }, fixed(2 * GIB)],
  ['the command over the tool options', { ...env('JAVA_TOOL_OPTIONS', '-Xmx1g'), args: ['-Xmx2g'] }, fixed(2 * GIB)],
  ['_JAVA_OPTIONS over the command', { ...env('_JAVA_OPTIONS', '-Xmx1g'), args: ['-Xmx2g'] }, fixed(GIB)],
  ['nothing of a reference', { env: [{ name: 'JAVA_OPTS', valueFrom: {} }] }, undefined],
  ['nothing of another variable', env('NOTES', 'we used -Xmx2g'), undefined],
  ['nothing of a word that only looks like it', { args: ['--name=a-Xmx2g', '-Xmx2gigs'] }, undefined],
  ['nothing of an impossible share', env('JAVA_OPTS', '-XX:MaxRAMPercentage=0'), undefined],
  ['nothing where nothing is said', { command: ['nginx'] }, undefined],
])('reads %s', (_what, given, heap) => {
  expect(heapOf(given)).toEqual(heap);
});
