import type { PrometheusClient } from './client.js';

/** `metric{a="b"}` → where in it further matchers go, and whether others follow. */
interface Place {
  at: number;
  before: string;
  after: string;
}

/** A query in which every metric is selected by the matchers too. */
export async function selectedBy(matchers: string): Promise<(query: string) => string> {
  const { parser } = await import('@prometheus-io/lezer-promql');
  return (query) => {
    const places: Place[] = [];
    parser.parse(query).iterate({
      enter({ name, node }) {
        if (name !== 'VectorSelector') return;
        const own = node.getChild('LabelMatchers');
        places.push(
          own
            ? { at: own.from + 1, before: '', after: own.firstChild ? ',' : '' }
            : { at: node.to, before: '{', after: '}' },
        );
      },
    });
    return places.reduceRight(
      (text, { at, before, after }) => `${text.slice(0, at)}${before}${matchers}${after}${text.slice(at)}`,
      query,
    );
  };
}

/** The same server, seen through a selector; itself where that is empty. */
export async function within(client: PrometheusClient, matchers: string): Promise<PrometheusClient> {
  if (matchers === '') return client;
  const selected = await selectedBy(matchers);
  return {
    ...client,
    instant: (what, query, timeMs) => client.instant(what, selected(query), timeMs),
    range: (what, query, range) => client.range(what, selected(query), range),
  };
}
