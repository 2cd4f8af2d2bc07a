import { expect, it } from 'vitest';
import {
  CONTAINER_COUNTS,
  cpuCores,
  hourlyQueries,
  memoryBytes,
  SAMPLES_PER_HOUR,
  stateQueries,
} from '../../../src/collectors/prometheus/queries.js';
import { selectedBy } from '../../../src/collectors/prometheus/selector.js';

it.each([
  ['up', 'up{c="1"}'],
  ['up{}', 'up{c="1"}'],
  ['up{a="b"}', 'up{c="1",a="b"}'],
  ['rate(a_total[5m] offset 1h)', 'rate(a_total{c="1"}[5m] offset 1h)'],
  ['sum by (up, node) (up)', 'sum by (up, node) (up{c="1"})'],
  ['a{x="up{}"} and (time() - timestamp(b) < 3)', 'a{c="1",x="up{}"} and (time() - timestamp(b{c="1"}) < 3)'],
  ['{__name__="up"}', '{c="1",__name__="up"}'],
  ['a * on (pod) group_left (node) b or c', 'a{c="1"} * on (pod) group_left (node) b{c="1"} or c{c="1"}'],
])('%s is selected as %s', async (query, selected) => {
  expect((await selectedBy('c="1"'))(query)).toBe(selected);
});

it('reaches every metric of every query of containers', async () => {
  const selected = await selectedBy('cluster="a"');
  const resolutions = [30, 300].map((scrapeSeconds) => ({ stepSeconds: 300, scrapeSeconds }));
  const queries = [
    ...CONTAINER_COUNTS,
    SAMPLES_PER_HOUR,
    ...Object.values(stateQueries(3600)),
    ...resolutions.flatMap((one) => [cpuCores(one), memoryBytes(one), ...Object.values(hourlyQueries(one))]),
  ];
  for (const query of queries) {
    const metrics = query.match(/\b(container|kube|kubelet)_[a-z_]+(?=[{[)])/g) ?? [];
    expect(metrics.length, query).toBeGreaterThan(0);
    expect(selected(query).match(/\{cluster="a"/g), query).toHaveLength(metrics.length);
  }
});
