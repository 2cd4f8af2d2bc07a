import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Report, type ReportFinding } from '../../src/model/report.js';

const RUN = process.env.SPARKFIT_TESTBED_RUN ?? '';
const CLI = resolve('dist/cli/main.js');
const Case = z.object({
  rule: z.string(),
  subject: z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() }),
});
const Truth = z.object({ judged: z.array(z.string()), expected: z.array(Case), allowed: z.array(Case) });
type Case = z.infer<typeof Case>;

const SPARK = new Set(['SparkApplication', 'ScheduledSparkApplication']);

/** The same thing: the two Spark kinds count as one, a run NAME-123 for its family NAME. */
function isSame(found: ReportFinding['subject'], { subject }: Case): boolean {
  const spark = SPARK.has(found.kind) && SPARK.has(subject.kind);
  const sameKind = found.kind === subject.kind || spark;
  const sameNamespace = !found.namespace || !subject.namespace || found.namespace === subject.namespace;
  const isRun =
    spark && found.name.startsWith(`${subject.name}-`) && /^\d+$/.test(found.name.slice(subject.name.length + 1));
  return sameKind && sameNamespace && (found.name === subject.name || isRun);
}

function covers(pattern: string, rule: string): boolean {
  return pattern === rule || (pattern.endsWith('/') && rule.startsWith(pattern));
}

describe.runIf(existsSync(join(RUN, 'kubeconfig.reader')))(
  'the fleet of the test bed, through the command line',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'sparkfit-fleet-'));
    const store = join(folder, 'fleet.db');
    const environment = {
      ...process.env,
      KUBECONFIG: join(RUN, 'kubeconfig.reader'),
      SPARKFIT_PROMETHEUS_URL: process.env.SPARKFIT_TESTBED_PROMETHEUS,
      AWS_ENDPOINT_URL: process.env.SPARKFIT_TESTBED_AWS,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      SPARKFIT_STORE: store,
    };
    const truth = () => Truth.parse(JSON.parse(readFileSync(join(RUN, 'out', 'truth.json'), 'utf8')));
    let report: Report;

    function sparkfit(...words: string[]) {
      return spawnSync(process.execPath, [CLI, ...words], {
        env: environment,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        cwd: folder,
      });
    }

    /** Starts a collection and kills it as soon as it has stored something. */
    async function killedCollection(): Promise<void> {
      const child = spawn(process.execPath, [CLI, 'collect'], {
        env: environment,
        stdio: ['ignore', 'pipe', 'ignore'],
        cwd: folder,
      });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
    }

    beforeAll(async () => {
      await killedCollection();
      expect(sparkfit('collect').status).toBe(0);
      report = Report.parse(JSON.parse(sparkfit('analyze', '--json').stdout));
    });

    afterAll(() => rmSync(folder, { recursive: true }));

    it('leaves a whole store after SIGKILL and a second run', () => {
      const db = new Database(store, { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(db.pragma('foreign_key_check')).toEqual([]);
      db.close();
    });

    it('adds nothing when it is collected again', () => {
      const counts = () => {
        const db = new Database(store, { readonly: true });
        const rows = ['pod', 'container', 'workload', 'node', 'ec2_instance', 'volume_claim'].map((table) =>
          db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
        );
        db.close();
        return rows;
      };
      const before = counts();
      expect(sparkfit('collect').status).toBe(0);
      expect(counts()).toEqual(before);
    });

    it('names every planted case', () => {
      const missed = truth().expected.filter(
        (planted) => !report.findings.some((f) => f.rule === planted.rule && isSame(f.subject, planted)),
      );
      expect(missed).toEqual([]);
    });

    it('names no healthy one', () => {
      const { judged, expected, allowed } = truth();
      const wrong = report.findings
        .filter((f) => judged.some((family) => f.rule === family || f.rule.startsWith(`${family}/`)))
        .filter(
          (f) => ![...expected, ...allowed].some((known) => covers(known.rule, f.rule) && isSame(f.subject, known)),
        )
        .map((f) => `${f.rule} ${f.subject.kind} ${f.subject.namespace ?? ''}/${f.subject.name}`);
      expect(wrong).toEqual([]);
    });

    it('promises no more than it costs', () => {
      const { costUsdPerMonth, savingsUsdPerMonth } = report.totals;
      expect(savingsUsdPerMonth).toBeGreaterThan(0);
      expect(savingsUsdPerMonth).toBeLessThanOrEqual(costUsdPerMonth ?? 0);
    });
  },
);
