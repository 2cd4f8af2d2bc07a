import { clusterNameOf } from '../collectors/kubernetes/kubeconfig.js';
import { COLLECTORS } from '../collectors/registry.js';
import { type CollectedSource, collectAll } from '../collectors/run.js';
import { unknownWord } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { EXIT, UsageError } from '../model/errors.js';
import { formatWindow, parseWindow } from '../model/window.js';
import { wrap } from '../reports/text.js';
import { openStore } from '../store/open.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';
import { progressLine } from './progress.js';

function chosen(ids: readonly string[] | undefined) {
  if (!ids) return COLLECTORS;
  const known: string[] = COLLECTORS.map((collector) => collector.id);
  for (const id of ids) if (!known.includes(id)) throw unknownWord('source', id, known);
  return COLLECTORS.filter((collector) => ids.includes(collector.id));
}

/** Where the details of a source begin. */
const INDENT = 24;

function line(source: CollectedSource, columns: number): string {
  const gaps = source.gaps.map((gap) => `missing ${formatWindow(gap)}: ${gap.why}`);
  const more = source.state === 'failed' ? [source.hint].filter(Boolean) : gaps;
  const [first = '', ...rest] = wrap(source.detail, columns - INDENT);
  const head = `${source.id.padEnd(14)} ${source.state.padEnd(8)} `;
  return [
    head + first,
    ...rest.map((text) => ' '.repeat(INDENT) + text),
    ...more.flatMap((text) => wrap(text, columns - 4)).map((text) => `    ${text}`),
  ]
    .join('\n')
    .trimEnd();
}

/** `sparkfit collect`: gives the exit code. */
export async function collect(config: Config, options: CommonOptions & { source?: string[] }, io: Io): Promise<number> {
  const collectors = chosen(options.source);
  const window = parseWindow(options, `${config.prometheus.lookbackDays}d`, io.nowMs);
  if (!collectors.some((collector) => collector.isConfigured(config)))
    throw new UsageError('there is nothing to collect from: no source is configured', {
      hint: "Run 'sparkfit doctor' to see what each source needs.",
    });
  const store = openStore(config.store);
  const progress = progressLine(io);
  try {
    const input = {
      config,
      store,
      window,
      sinceGiven: options.since !== undefined,
      cluster: clusterNameOf(config),
      signal: io.signal,
      progress: progress.show,
    };
    const sources = await collectAll(collectors, input, Date.now, (source) => {
      progress.clear();
      if (!options.json) io.out(line(source, Math.max(40, io.columns)));
    });
    if (options.json) io.out(JSON.stringify({ schema: 'sparkfit.collect/1', window, sources }, null, 2));
    const complete =
      sources.length === collectors.length && sources.every((s) => s.state === 'ok' || s.state === 'absent');
    return complete ? EXIT.ok : EXIT.incomplete;
  } finally {
    progress.clear();
    store.close();
  }
}
