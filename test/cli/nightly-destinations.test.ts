import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { isoTime } from '../../src/model/window.js';
import { type FakeServer, startServer } from '../support/http.js';
import { sparkfit } from '../support/io.js';
import { smallWorld, startWorld, type WorldServers } from '../support/world.js';

const NIGHT = Date.parse('2026-05-10T02:00:00Z');
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** What came in for the bucket and the chat, by path; a path that begins as `broken` says gets another status. */
let folder: string;
let world: WorldServers;
let receiver: FakeServer;
const got = new Map<string, string>();
const broken = new Map<string, number>();

beforeEach(async () => {
  got.clear();
  broken.clear();
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-night-sent-'));
  receiver = await startServer((request, response, body) => {
    const path = request.url?.split('?')[0] ?? '';
    const status = [...broken].find(([start]) => path.startsWith(start))?.[1] ?? 200;
    if (status === 200) got.set(path, body);
    response.writeHead(status).end();
  });
  world = await startWorld(folder, smallWorld(NIGHT));
  writeFileSync(
    join(folder, 'c.yaml'),
    'prometheus:\n  lookbackDays: 3\nreport:\n  keep: 3\n  to: [s3://team-reports/prod/, webhook]\n',
  );
  for (const [name, value] of Object.entries({ ...world.environment, AWS_ENDPOINT_URL_S3: receiver.url }))
    vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

function night(more: readonly string[] = [], webhook: string | undefined = `${receiver.url}/services/SECRET`) {
  const paths = ['--store', join(folder, 'night.db'), '--output', join(folder, 'reports')];
  return sparkfit(['nightly', '--until', isoTime(NIGHT), '--config', join(folder, 'c.yaml'), ...paths, ...more], {
    environment: { ...world.environment, SPARKFIT_REPORT_WEBHOOK: webhook },
    nowMs: NIGHT,
  });
}

const Summary = z.object({ state: z.string(), why: z.array(z.string()) });

describe('where a night sends its report', () => {
  it('sends the files to the bucket and the few lines to the chat, and says nothing of it', async () => {
    const { exitCode, out, err } = await night();
    expect(err).not.toContain('report');
    expect(exitCode).toBe(0);
    expect(out).toContain(': ok;');
    expect([...got.keys()].sort()).toEqual([
      '/services/SECRET',
      '/team-reports/prod/sparkfit-report.html',
      '/team-reports/prod/sparkfit-report.json',
      '/team-reports/prod/sparkfit-report.md',
      '/team-reports/prod/sparkfit-report.prom',
    ]);
    expect(got.get('/team-reports/prod/sparkfit-report.json')).toContain('"schema": "sparkfit.report/1"');
    expect(z.object({ text: z.string() }).parse(JSON.parse(got.get('/services/SECRET') ?? '')).text).toContain('prod');
  });

  it.each([
    ['webhook', '/services', 404, 'the server answered 404'],
    ['s3://team-reports/prod', '/team-reports', 403, 'put s3://team-reports/prod'],
  ])(
    'is incomplete if %s fails: the files stay, the other is reached, the line says it',
    async (word, path, status, why) => {
      broken.set(path, status);
      const { exitCode, out, err } = await night();
      expect(exitCode).toBe(3);
      expect(out).toContain(`incomplete (report not sent to ${word})`);
      expect(err).toContain(why);
      expect(out + err).not.toContain('SECRET');
      for (const name of ['sparkfit-report.html', join('kept', '2026-05-10T020000Z', 'sparkfit-report.json')])
        expect(existsSync(join(folder, 'reports', name))).toBe(true);
      expect([...got.keys()].some((reached) => !reached.startsWith(path))).toBe(true);
      broken.clear();
      const again = await night(['--json']);
      expect(Summary.parse(JSON.parse(again.out))).toEqual({ state: 'ok', why: [] });
      expect(got.size).toBe(5);
    },
  );

  it('collects nothing where a destination has no address', async () => {
    const { exitCode, err } = await night([], '');
    expect(exitCode).toBe(2);
    expect(err).toContain('SPARKFIT_REPORT_WEBHOOK');
    expect(existsSync(join(folder, 'night.db'))).toBe(false);
  });
});
