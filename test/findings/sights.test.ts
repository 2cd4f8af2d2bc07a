import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineArtifact, defineRule } from '../../src/analyzers/rule.js';
import { Config } from '../../src/config/schema.js';
import { type SightInput, sightsOf } from '../../src/findings/sights.js';
import { stepFinding } from '../../src/findings/step.js';
import type { ReportFinding } from '../../src/model/report.js';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import type { RunRow } from '../../src/store/collections.js';
import { found } from './finding.js';

const UNTIL = Date.parse('2026-05-20T02:00:00Z');
const facts = defineArtifact({ id: 'facts', sources: ['kubernetes', 'prometheus'], compute: () => 1 });
const rule = defineRule({
  id: 'idle/workload',
  title: 'Idle',
  severity: 'warning',
  ledger: 'idle',
  needs: { facts },
  parameters: z.object({}),
  evaluate: () => [],
});
const config = Config.parse({});

function run(source: RunRow['source'], part: Partial<RunRow> = {}): RunRow {
  const times = { sinceMs: UNTIL - DAY_MS, untilMs: UNTIL, startedMs: UNTIL };
  return { id: 1, source, cluster: 'prod', state: 'ok', detail: 'refused', ...times, ...part };
}

function input(part: Partial<SightInput>): SightInput {
  const runs = [run('kubernetes'), run('prometheus')];
  return {
    cluster: 'prod',
    rules: [rule],
    config,
    evaluations: [],
    runs,
    window: { sinceMs: 0, untilMs: UNTIL },
    ...part,
  };
}

const step = stepFinding(
  undefined,
  { kind: 'found', finding: found({ sure: 1 }) },
  { cluster: 'prod', atMs: UNTIL - DAY_MS },
  config.findings,
);
if (!step) throw new Error('no record');
const known = step.record;

function sightOf(part: Partial<SightInput>) {
  return sightsOf(input(part), [known]).get(known.fingerprint);
}

function other(state: ReportFinding['state'], part: Partial<ReportFinding> = {}): ReportFinding {
  return { ...found(), state, title: `says ${state}`, ...part };
}

describe('what a night says of a known finding', () => {
  it.each<[string, Partial<SightInput>, string, RegExp]>([
    ['the rule says ok', { evaluations: [other('ok')] }, 'clean', /says ok/],
    ['the rule does not apply any more', { evaluations: [other('not-applicable')] }, 'clean', /says not/],
    ['the rule lacks data', { evaluations: [other('insufficient-data')] }, 'unknown', /says insufficient/],
    ['its subject is gone', {}, 'clean', /no longer there/],
    [
      'its rule is switched off',
      { config: Config.parse({ rules: { 'idle/workload': { enabled: false } } }) },
      'clean',
      /switched off/,
    ],
    [
      'a source failed',
      { runs: [run('kubernetes'), run('prometheus', { state: 'failed' })], evaluations: [other('ok')] },
      'unknown',
      /prometheus was not collected: refused/,
    ],
    [
      'a source is not configured any more',
      { runs: [run('kubernetes'), run('prometheus', { state: 'absent' })] },
      'unknown',
      /prometheus/,
    ],
    [
      'a collection was killed',
      { runs: [run('kubernetes', { state: 'running' }), run('prometheus')] },
      'unknown',
      /killed/,
    ],
    ['a source was never read', { runs: [run('kubernetes')] }, 'unknown', /never collected/],
    [
      'nothing new was read',
      { runs: [run('kubernetes'), run('prometheus', { untilMs: UNTIL - 25 * HOUR_MS })], evaluations: [other('ok')] },
      'unknown',
      /nothing new/,
    ],
    [
      'the rule says ok on a source with gaps',
      { runs: [run('kubernetes'), run('prometheus', { state: 'partial' })], evaluations: [other('ok')] },
      'clean',
      /says ok/,
    ],
    [
      'its subject is gone where not everything was read',
      { runs: [run('kubernetes', { state: 'partial' }), run('prometheus')] },
      'unknown',
      /not everything/,
    ],
  ])('%s', (_, part, kind, why) => {
    expect(sightOf(part)).toMatchObject({ kind, why: expect.stringMatching(why) });
  });

  it('a subject is gone from a namespace of which the rule could answer for another', () => {
    const runs = [run('kubernetes', { state: 'partial' }), run('prometheus')];
    const neighbour = (namespace: string) =>
      other('ok', { fingerprint: 'other', subject: { kind: 'Deployment', namespace, name: 'db' } });
    expect(sightOf({ runs, evaluations: [neighbour('web')] })?.kind).toBe('clean');
    expect(sightOf({ runs, evaluations: [neighbour('ml')] })?.kind).toBe('unknown');
  });

  it('of several runs with one fingerprint the finding counts', () => {
    const evaluations = [other('ok'), found({ title: 'bad run' }), other('insufficient-data')];
    expect(sightOf({ evaluations })).toMatchObject({ kind: 'found', finding: { title: 'bad run' } });
    expect(sightOf({ evaluations: [other('ok'), other('insufficient-data')] })?.kind).toBe('unknown');
  });
});
