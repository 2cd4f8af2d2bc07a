import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { isoTime } from '../../src/model/window.js';
import { openStoreForReading } from '../../src/store/open.js';
import { kubeconfigFor } from '../collectors/kubernetes/fake-api.js';
import { type FakeServer, startServer } from '../support/http.js';
import { sparkfit } from '../support/io.js';
import { smallWorld, startWorld, type WorldServers } from '../support/world.js';

const NIGHT = Date.parse('2026-05-10T02:00:00Z');

let folder: string;
let servers: WorldServers;
/** Takes every request and answers none. */
let silent: FakeServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-budget-'));
  servers = await startWorld(folder, smallWorld(NIGHT));
  silent = await startServer(() => {});
  // Each request may take a minute: the source's own budget is what ends it. Those that answer need a second, or ten.
  const requests = 'kubernetes: { timeoutSeconds: 60 }\nprometheus: { timeoutSeconds: 60, lookbackDays: 1 }\n';
  writeFileSync(join(folder, 'c.yaml'), `${requests}nightly: { sourceMinutes: 0.3 }\n`);
  writeFileSync(join(folder, 'silent-kubeconfig'), kubeconfigFor(silent.url));
  for (const [name, value] of Object.entries(servers.environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([servers.close(), silent.close()]);
  rmSync(folder, { recursive: true });
});

/** State and detail of each source as the store tells them after a night. */
async function night(environment: Record<string, string>) {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const store = join(folder, 'night.db');
  const words = ['nightly', '--store', store, '--output', join(folder, 'reports'), '--config', join(folder, 'c.yaml')];
  const outcome = await sparkfit([...words, '--until', isoTime(NIGHT)], {
    environment: { ...servers.environment, ...environment },
    nowMs: NIGHT,
  });
  const { db, close } = openStoreForReading(store);
  const runs = db.prepare('SELECT source, state FROM collection_run ORDER BY id').raw().all();
  close();
  return { ...outcome, states: Object.fromEntries(z.array(z.tuple([z.string(), z.string()])).parse(runs)) };
}

describe('a source that never answers', () => {
  it('Kubernetes: ends when its time is over and says so; the others are collected', async () => {
    const { exitCode, err, out, states } = await night({ KUBECONFIG: join(folder, 'silent-kubeconfig') });
    expect(err).toMatch(/kubernetes is failed: .*stopped before the answer came.* \(its 0\.3 minutes were over\)/);
    expect({ exitCode, out }).toEqual({ exitCode: 3, out: expect.stringContaining('incomplete (kubernetes failed') });
    expect(states).toMatchObject({ kubernetes: 'failed', prometheus: 'ok', 'spark-logs': 'ok', 'aws-prices': 'ok' });
  });

  it('Prometheus: the same', async () => {
    const { exitCode, err, states } = await night({ SPARKFIT_PROMETHEUS_URL: silent.url });
    expect(err).toMatch(/prometheus is failed: .*stopped before the answer came.* \(its 0\.3 minutes were over\)/);
    expect(exitCode).toBe(3);
    expect(states).toMatchObject({ prometheus: 'failed', kubernetes: 'ok', 'spark-logs': 'ok', 'aws-prices': 'ok' });
  });
});
