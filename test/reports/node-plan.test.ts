import { describe, expect, it } from 'vitest';
import { cpuOverRequested } from '../../src/analyzers/sizing/cpu-over-requested.js';
import { memoryOverRequested } from '../../src/analyzers/sizing/memory-over-requested.js';
import { Config } from '../../src/config/schema.js';
import { Report } from '../../src/model/report.js';
import { buildReport } from '../../src/reports/build.js';
import { renderHtml } from '../../src/reports/html/index.js';
import { renderMarkdown } from '../../src/reports/markdown.js';
import { nodePlanText } from '../../src/reports/node-plan.js';
import { renderTerminal } from '../../src/reports/terminal.js';
import { cluster, WINDOW } from '../analyzers/idle/nodes.js';

type Nodes = Parameters<typeof cluster>[0];

function reportOf(nodes: Nodes, forbidden: Parameters<typeof cluster>[1] = []): Report {
  const { db } = cluster(nodes, forbidden);
  return buildReport({
    db,
    window: WINDOW,
    config: Config.parse({ cluster: 'test' }),
    version: '0',
    nowMs: WINDOW.untilMs,
    rules: [cpuOverRequested, memoryOverRequested],
  });
}

const using = (cores: number, used: number) => ({ cores, use: (hour: number) => used + (hour % 5) * 0.01 });
/** Five of eight cores on each: no two fit on one, unless they ask for what they use. */
const WIDE: Nodes = { n1: { pods: [using(5, 0.5)] }, n2: { pods: [using(5, 0.5)] } };

describe('the node plan', () => {
  it('says which node could go once the sizes of the findings are applied, and keeps capacity and money apart', () => {
    const plan = reportOf(WIDE).nodePlan;
    expect(plan).toMatchObject({ nodes: 2, removable: [{ name: 'n1', needsSizes: true }] });
    expect(plan?.removable[0]?.moves).toEqual([{ pod: 'web/n1-0', to: 'n2' }]);
    expect(plan?.staying).toEqual([{ name: 'n2', why: 'web/n2-0 fits on no other node' }]);
    expect(plan?.usdPerMonth).toBeCloseTo(730);
    // Nearly all of ten cores and 40 GiB.
    expect(plan?.freedCpuCores).toBeGreaterThan(8);
    expect(plan?.freedMemoryBytes).toBeGreaterThan(30 * 2 ** 30);
  });

  it('tells nodes apart that could go as pods are now', () => {
    const plan = reportOf({ ...WIDE, n3: {} }).nodePlan;
    expect(plan?.removable.map(({ name, needsSizes }) => [name, needsSizes])).toEqual([
      ['n3', false],
      ['n1', true],
    ]);
  });

  it('frees nothing where sizes are right', () => {
    const plan = reportOf({ n1: { pods: [using(6, 5.5)] }, n2: { pods: [using(6, 5.5)] } }).nodePlan;
    expect(plan).toMatchObject({ removable: [], freedCpuCores: 0, usdPerMonth: 0 });
  });

  it('is not there where pods could not be listed', () => {
    expect(reportOf(WIDE, ['Pod']).nodePlan).toBeNull();
  });

  it('is told by every format, and as the schema has it', () => {
    const report = reportOf(WIDE);
    expect(Report.parse(report).nodePlan).toEqual(report.nodePlan);
    expect(nodePlanText(report)).toContain('1 of 2 nodes could go together (1 once the sizes');
    for (const text of [renderTerminal(report), renderMarkdown(report), renderHtml(report)]) {
      expect(text).toContain('n1');
      expect(text.replaceAll(/\s+/g, ' ')).toContain('the money comes when a node goes or others use the room');
    }
  });
});
