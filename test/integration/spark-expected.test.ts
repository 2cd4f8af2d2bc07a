import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { taskMs } from '../../src/analyzers/derived/spark-run.js';
import { readEventLog } from '../../src/collectors/spark/read.js';
import { Config } from '../../src/config/schema.js';
import { examine } from '../../src/spark/clinic.js';

/** Real logs with planted faults, and which rules must and must not be named; kept beside the repository. */
const DATA = join(import.meta.dirname, '../../../shared/data/spark');
const PRESENT = existsSync(join(DATA, 'expected.json'));
if (!PRESENT) process.stderr.write(`\n!! SKIPPED: no logs with planted faults at ${DATA}\n\n`);

const Expected = z.record(
  z.string(),
  z.object({
    log: z.string(),
    ok: z.boolean(),
    must: z.array(z.string()),
    never: z.array(z.string()),
    stages: z.record(z.string(), z.array(z.object({ stage: z.number() }))),
  }),
);
const expected = PRESENT ? Expected.parse(JSON.parse(readFileSync(join(DATA, 'expected.json'), 'utf8'))) : {};

async function clinicOf(log: string) {
  const run = await readEventLog(join(DATA, log));
  return examine(run, { config: Config.parse({}), cluster: '', version: '0', nowMs: 0 });
}

describe.skipIf(!PRESENT)('rules on logs with planted faults', () => {
  it.each(Object.entries(expected))('%s', async (_label, { log, ok, must, never, stages }) => {
    const { report } = await clinicOf(log);
    const found = report.findings.filter(({ state }) => state === 'finding');
    expect(found.map(({ rule }) => rule).filter((rule) => never.includes(rule))).toEqual([]);
    if (!ok) return;
    for (const rule of must) {
      const own = found.filter((finding) => finding.rule === rule);
      expect(own.length, rule).toBeGreaterThan(0);
      const wanted = stages[rule]?.map(({ stage }) => stage) ?? [];
      if (wanted.length) expect(wanted, rule).toContain(own[0]?.subject.stageId);
    }
  });

  it('replays runs at their own shape within 10 % (median)', async () => {
    const errors: number[] = [];
    for (const { log } of Object.values(expected)) {
      const { run, whatIf } = await clinicOf(log);
      if (whatIf && taskMs(run) >= 10_000) errors.push(whatIf.error);
    }
    expect(errors.length).toBeGreaterThan(20);
    expect(errors.sort((a, b) => a - b)[errors.length >> 1]).toBeLessThan(0.1);
  });
});
