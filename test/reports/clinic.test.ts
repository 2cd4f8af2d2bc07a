import { describe, expect, it } from 'vitest';
import { Config } from '../../src/config/schema.js';
import type { SparkLog } from '../../src/model/spark.js';
import { renderClinic } from '../../src/reports/clinic.js';
import { renderClinicHtml } from '../../src/reports/html/clinic.js';
import { type Clinic, examine } from '../../src/spark/clinic.js';
import { evenTasks, executor, job, recorded, run, stage } from '../analyzers/spark/runs.js';

function clinicOf(log: SparkLog): Clinic {
  return examine(log, { config: Config.parse({}), cluster: '', version: '0', nowMs: 0 });
}

function visible(page: string): string {
  return page.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ');
}

describe('the first line', () => {
  it('says of a run whose driver was stopped that it did not finish', () => {
    const error = 'Job 0 cancelled because SparkContext was shut down';
    const jobs = [job({ id: 0, stageIds: [0], submittedMs: 10_000, completedMs: 60_000, result: 'failed', error })];
    const work = stage({ status: 'failed', numTasks: 40, tasks: evenTasks(20, 10) });
    const clinic = clinicOf(run({ seconds: 60, stages: [work], jobs }));
    const line = 'Stopped after 1 min, before it finished: job 0 (stage 0) incomplete.';

    expect(renderClinic(clinic).split('\n')[0]).toBe(line);
    expect(renderClinicHtml(clinic)).toContain(`<h1>${line}`);
  });

  it('leads with the lag of a stream, and so do the findings', async () => {
    const stream = await recorded('stream');
    const slow = { inputRowsPerSecond: 100, processedRowsPerSecond: 50, inputRows: 100 };
    const [batch] = stream.streamingBatches;
    if (!batch) throw new Error('no batch');
    const streamingBatches = Array.from({ length: 9 }, (_, batchId) => ({ ...batch, batchId, ...slow }));
    const clinic = clinicOf({ ...stream, streamingBatches });
    const line = '19 s of a stream that falls behind. Micro-batches do not keep up: 8 of 8 took longer';

    const screen = renderClinic(clinic);
    expect(screen.replace(/\s+/g, ' ')).toContain(line);
    expect(screen).toMatch(/ 1\. WARNING Micro-batches/);
    expect(renderClinicHtml(clinic)).toContain(`<h1>${line}`);
  });
});

describe('a run without a job', () => {
  it('is said to have run none, not to be healthy', () => {
    const screen = renderClinic(clinicOf(run({ seconds: 30, executors: [] })));
    expect(screen.split('\n')[0]).toBe('30 s; it ran no job.');
    expect(screen).toContain('Next: sparkfit app with a run that has jobs');
    expect(screen).not.toMatch(/healthy|nothing that costs/);
  });

  it('may have lost them with a part of its log', () => {
    const log = run({ seconds: 30 }).application.log;
    const cut = run({ seconds: 30, application: { log: { ...log, damage: ['3 damaged lines'] } } });
    expect(renderClinic(clinicOf(cut)).split('\n')[0]).toBe('30 s; its log holds no job.');
  });
});

describe('advice on the page', () => {
  it('wraps, and settings keep their lines', async () => {
    const page = renderClinicHtml(clinicOf(await recorded('skew')));
    expect(page).toMatch(
      /<span class="muted">spark-conf<\/span><\/span><button[^>]*>Copy<\/button><\/div><pre tabindex="0">/,
    );
    expect(page).not.toMatch(
      /<span class="muted">(code|text)<\/span><\/span><button[^>]*>Copy<\/button><\/div><pre tabindex/,
    );
    expect(page).toMatch(/<pre class="advice" tabindex="0">/);
    expect(page).toMatch(/pre\.advice \{ white-space: pre-wrap/);
  });
});

describe('findings', () => {
  it.each(['skew', 'jobFailed', 'executorOom'] as const)(
    'of %s stand on screen and page in one order',
    async (name) => {
      const clinic = clinicOf(await recorded(name));
      const rules = [...renderClinic(clinic, { top: 50 }).matchAll(/^ +rule +(\S+)$/gm)].map(([, rule]) => rule);
      const cards = [...renderClinicHtml(clinic).matchAll(/<p class="note">Rule <code>([^<]+)/g)].map(
        ([, rule]) => rule,
      );
      expect(rules.length).toBeGreaterThan(2);
      expect(cards).toEqual(rules);
    },
  );
});

describe('the table of other numbers', () => {
  const one = stage({ tasks: [{ at: 10, seconds: 20, executor: 'driver' }] });
  const local = run({ seconds: 40, stages: [one], executors: [executor({ id: 'driver', cores: 2 })] });

  it.each([80, 120])('has room for its words on %i columns', (columns) => {
    const rows = renderClinic(clinicOf(run({ seconds: 40, stages: [one] })), { columns }).split('\n');
    expect(rows.filter((row) => row.endsWith('as it ran, no gain'))).toHaveLength(1);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(columns);
  });

  it('counts threads of a local master, as the lines above it do', () => {
    const screen = renderClinic(clinicOf(local));
    expect(screen).toContain('local master of 2 threads, 1 job');
    expect(screen).toMatch(/On other numbers of threads\n +threads +time/);
    expect(screen).toMatch(/^ +2 +40 s .*as it ran/m);
    expect(screen).not.toMatch(/exec(utor)?s? ×|number of executors/);
    const page = visible(renderClinicHtml(clinicOf(local)));
    expect(page).toMatch(/had more or fewer threads\?/);
    expect(page).not.toMatch(/number of executors|\d × \d/);
  });

  it('keeps a space between a time and a small share', () => {
    const twice = [
      { at: 10, seconds: 20 },
      { at: 30.02, seconds: 70 },
    ];
    const log = run({ seconds: 100.02, stages: [stage({ tasks: twice })] });
    expect(renderClinic(clinicOf(log))).not.toMatch(/ s<0/);
  });
});

describe('other numbers of executors', () => {
  // 40 tasks of a second, each started a second after the one before it had ended: the driver is what they wait for.
  const tasks = Array.from({ length: 40 }, (_, i) => ({ at: 10 + 2 * i, seconds: 1 }));
  const clinic = clinicOf(run({ seconds: 100, stages: [stage({ tasks })] }));

  it('are not told where the replay is far off the run itself', () => {
    const screen = renderClinic(clinic);
    const page = visible(renderClinicHtml(clinic));

    for (const text of [screen.replace(/\s+/g, ' '), page])
      expect(text).toMatch(/Not told: at the run.{1,6}s own shape the replay is 69 % off/);
    expect(screen).not.toMatch(/as it ran|knee/);
    expect(page).toMatch(/Best trade\s+not known\s+the replay is 69 % off the run itself/);
    expect(page).not.toMatch(/best trade is/);
    expect(clinic.report.sparkRuns[0]?.whatIf).toMatchObject({ errorShare: expect.closeTo(0.69, 2), shapes: [] });
  });
});
