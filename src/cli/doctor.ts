import pc from 'picocolors';
import type { Check, CheckState, Collector } from '../collectors/collector.js';
import { COLLECTORS } from '../collectors/registry.js';
import type { Config } from '../config/schema.js';
import { EXIT, KnownError, messageOf } from '../model/errors.js';
import { wrap } from '../reports/text.js';
import type { Io } from './io.js';

type Checked = Check & { id: string; title: string; lostWithout: string };

async function checkOne(collector: Collector, config: Config): Promise<Checked> {
  const { id, title, lostWithout } = collector;
  try {
    return { id, title, lostWithout, ...(await collector.check(config)) };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return { id, title, lostWithout, state: 'failed', detail: messageOf(error), nextStep: error.hint ?? '' };
  }
}

const INDENT = 11;

const WORD: Record<CheckState, string> = { ok: 'ok', absent: 'not set up', failed: 'failed' };

function paint(state: CheckState, color: boolean): string {
  const colors = pc.createColors(color);
  const word = WORD[state].padEnd(10);
  return state === 'ok' ? colors.green(word) : state === 'absent' ? colors.yellow(word) : colors.red(word);
}

function render({ state, title, detail, lostWithout, nextStep }: Checked, { color, columns }: Io): string {
  const texts = [`${title}: ${detail}`];
  if (state !== 'ok') texts.push(`lost without it: ${lostWithout}`);
  if (nextStep) texts.push(`next step: ${nextStep}`);
  const lines = texts.flatMap((text) => wrap(text, Math.max(40, columns) - INDENT));
  return lines.map((line, i) => `${i === 0 ? paint(state, color) : ' '.repeat(INDENT - 1)} ${line}`).join('\n');
}

/** `sparkfit doctor`: what can be reached from here; 0 if all that is set up answers, else 3. */
export async function doctor(config: Config, options: { json?: boolean }, io: Io): Promise<number> {
  const checks = await Promise.all(COLLECTORS.map((collector) => checkOne(collector, config)));
  const usable = checks.filter((check) => check.state === 'ok').length;
  if (options.json) io.out(JSON.stringify({ schema: 'sparkfit.doctor/1', checks }, null, 2));
  else {
    for (const check of checks) io.out(render(check, io));
    const advice = usable === 0 ? " Try 'sparkfit demo': it needs none of them." : '';
    const summary = `${usable} of ${checks.length} sources can be read from here.${advice}`;
    io.out(`\n${wrap(summary, Math.max(40, io.columns)).join('\n')}`);
  }
  return usable > 0 && checks.every((check) => check.state !== 'failed') ? EXIT.ok : EXIT.incomplete;
}
