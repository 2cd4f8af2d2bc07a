import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GIB } from '../../src/model/quantity.js';
import { DAY_MS } from '../../src/model/window.js';
import { openStore } from '../../src/store/open.js';
import { Fleet } from '../support/fleet.js';
import { sparkfit } from '../support/io.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-cost-'));
const STORE = join(folder, 'cost.db');
const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const OVER = ['--since', '2021-05-24', '--until', '2021-05-31'];

beforeAll(() => {
  const fleet = new Fleet({ sinceMs: UNTIL - 7 * DAY_MS, untilMs: UNTIL }).node('n1').node('n2').prices();
  const use = () => ({ cpuCores: 1, memoryBytes: 4 * GIB });
  const containers = [{ cpuRequestCores: 2, memoryRequestBytes: 8 * GIB, use }];
  fleet.workload({ pods: [{ containers, labels: { team: 'shop' } }] });
  const executor = { role: 'executor' as const, runName: 'etl-1', appId: 'app-1', node: 'n2', containers };
  fleet.workload({ kind: 'SparkApplication', namespace: 'data', name: 'etl', pods: [executor] });
  fleet.db.prepare('VACUUM INTO ?').run(STORE);
  fleet.store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const cost = (words: readonly string[], environment = {}) =>
  sparkfit(['cost', '--store', STORE, ...words], { environment, nowMs: UNTIL + 30 * DAY_MS });

describe('sparkfit cost', () => {
  it.each(['80', '120'])('fits into %s columns', async (columns) => {
    const { out } = await sparkfit(['cost', '--store', STORE, ...OVER, '--by', 'workload'], {
      columns: Number(columns),
    });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(Number(columns));
    await expect(out).toMatchFileSnapshot(`cost-${columns}.golden.txt`);
  });

  it('prints the contract of its JSON, in every view', async () => {
    const keys = new Map<string, string[]>();
    for (const by of ['namespace', 'workload', 'family', 'run', 'stage', 'label', 'node-group', 'day']) {
      const { out, exitCode } = await cost([
        ...OVER,
        '--by',
        by,
        ...(by === 'label' ? ['--label', 'team'] : []),
        '--json',
      ]);
      const report = JSON.parse(out);
      expect(exitCode).toBe(0);
      expect(report).toMatchObject({ schema: 'sparkfit.cost/1', by, hoursCovered: 168 });
      expect(report.totals).toMatchObject({ usd: 336, priceCoverage: 1, unclaimedUsd: 0 });
      keys.set(by, report.rows.map(({ key }: { key: string }) => key).sort());
    }
    expect(Object.fromEntries(keys)).toMatchObject({
      namespace: ['data', 'web'],
      workload: ['data/SparkApplication/etl', 'web/Deployment/api'],
      family: ['(not Spark)', 'data/etl'],
      run: ['(not Spark)', 'data/etl-1/app-1'],
      stage: ['(not Spark)', 'data/etl-1/app-1'],
      label: ['(no label)', 'shop'],
      'node-group': ['m5.2xlarge/on-demand/us-east-1a'],
    });
    expect(keys.get('day')).toHaveLength(7);
  });

  it('takes a label for the view, and says where no pod has it', async () => {
    const known = JSON.parse((await cost([...OVER, '--label', 'team', '--json'])).out);
    expect(known).toMatchObject({ by: 'label', label: 'team', notes: [] });
    const unknown = JSON.parse((await cost([...OVER, '--label', 'nosuch', '--json'])).out);
    expect(unknown.notes).toEqual(["no pod has the label 'nosuch'"]);
  });

  it('without an end takes the window to where use was last measured, and says so', async () => {
    const { out } = await cost(['--since', '2d', '--json']);
    const report = JSON.parse(out);
    expect(report.window).toMatchObject({ until: '2021-05-31T00:00:00Z' });
    expect(report.notes[0]).toContain('2021-05-31 00:00 UTC');
  });

  it.each([
    [['--by', 'pods'], "unknown --by 'pods'"],
    [['--by', 'day', '--label', 'team'], '--label goes with --by label, not with --by day'],
    [['--top', 'many'], "--top 'many' is no number of rows"],
    [['--since', '2020-01-01', '--until', '2020-02-01'], 'no use was measured from 2020-01-01'],
  ])('refuses %s', async (words, message) => {
    const { exitCode, err, out } = await cost(words);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(message);
  });

  it('says where nothing was measured at all', async () => {
    const empty = join(folder, 'empty.db');
    openStore(empty).close();
    const { exitCode, err } = await sparkfit(['cost', '--store', empty]);
    expect(exitCode).toBe(2);
    expect(err).toContain('holds no measured use');
  });
});
