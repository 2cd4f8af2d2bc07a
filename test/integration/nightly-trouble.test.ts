import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { groupKey } from '../../src/alerts/event.js';
import { DAY_MS, isoTime } from '../../src/model/window.js';
import { MIGRATIONS, migrate } from '../../src/store/migrations.js';
import { openStore } from '../../src/store/open.js';
import { type Outcome, sparkfit } from '../support/io.js';
import { type PagerDuty, ROUTING_KEY, startPagerDuty } from '../support/pagerduty.js';
import { smallWorld, startWorld, type WorldServers } from '../support/world.js';

const CLI = resolve('dist/cli/main.js');
const NIGHT = Date.parse('2026-05-10T02:00:00Z');
/** Whether a small or read-only file system can be mounted for a test. */
const CAN_MOUNT = spawnSync('unshare', ['-rm', 'true']).status === 0 && existsSync(CLI);

let folder: string;
let store: string;
let servers: WorldServers;
let pager: PagerDuty;
let environment: Record<string, string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-trouble-'));
  store = join(folder, 'data', 'night.db');
  mkdirSync(join(folder, 'data'));
  servers = await startWorld(folder, smallWorld(NIGHT));
  pager = await startPagerDuty();
  writeFileSync(join(folder, 'c.yaml'), 'prometheus:\n  lookbackDays: 3\n');
  environment = { ...servers.environment, PAGERDUTY_ROUTING_KEY: ROUTING_KEY, SPARKFIT_PAGERDUTY_URL: pager.url };
  for (const [name, value] of Object.entries(servers.environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await servers.close();
  await pager.close();
  rmSync(folder, { recursive: true });
});

function words(...more: string[]): string[] {
  return [
    'nightly',
    '--store',
    store,
    '--output',
    join(folder, 'data', 'reports'),
    '--config',
    join(folder, 'c.yaml'),
    ...more,
  ];
}

function night(nowMs = NIGHT, more: readonly string[] = []): Promise<Outcome> {
  servers.world.nowMs = nowMs;
  servers.update();
  return sparkfit(words('--until', isoTime(nowMs), ...more), { environment, nowMs });
}

function report(): string {
  return readFileSync(join(folder, 'data', 'reports', 'sparkfit-report.json'), 'utf8');
}

/** Runs a night in a mount namespace of its own, in which `mount` was done. */
async function mounted(mount: string): Promise<SpawnSyncReturns<string>> {
  const child = spawn(
    'unshare',
    [
      '-rm',
      'sh',
      '-c',
      `${mount} && exec "$@"`,
      'sh',
      process.execPath,
      CLI,
      ...words('--until', isoTime(servers.world.nowMs)),
    ],
    {
      env: { ...process.env, ...environment },
      cwd: folder,
    },
  );
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString();
  });
  const [status] = await once(child, 'close');
  return { pid: child.pid ?? 0, output: [], status: Number(status), signal: null, ...said };
}

describe('two nights at once', () => {
  it('the second one says who holds the store and ends with 3; nothing alerts', async () => {
    const held = openStore(store);
    const second = await night();
    held.close();
    expect(second.exitCode).toBe(3);
    expect(second.err).toContain(`process ${process.pid} on ${hostname()}`);
    expect(second.err).toContain('is writing to it');
    expect(pager.bodies).toEqual([]);
    expect((await night()).exitCode).toBe(0);
  });

  it('a lock of a process that is gone is taken over', async () => {
    const holder = { pid: 2 ** 22 + 1, host: hostname(), startedAt: '2026-05-09T02:00:00Z', command: 'nightly' };
    writeFileSync(`${store}.lock`, JSON.stringify(holder));
    expect((await night()).exitCode).toBe(0);
    expect(existsSync(`${store}.lock`)).toBe(false);
  });
});

describe('sources that fail', () => {
  it('one: the report says so, 3, and the findings that need it stay', async () => {
    await night();
    servers.world.kubernetesIsDown = true;
    const outcome = await night(NIGHT + DAY_MS);
    expect(outcome).toMatchObject({ exitCode: 3, err: expect.stringContaining('sparkfit: kubernetes is failed: ') });
    expect(outcome.out).toContain('incomplete (kubernetes failed, pod-logs failed)');
    expect(JSON.parse(report()).changes.unknown.length).toBeGreaterThan(0);
    expect(pager.open()).toHaveLength(1);
  });

  it('all: the last report stays, 3, and it alerts once and resolves', async () => {
    await night();
    const before = report();
    vi.stubEnv('SPARKFIT_PROMETHEUS_URL', '');
    const broken = {
      KUBECONFIG: join(folder, 'kubeconfig'),
      SPARKFIT_CLUSTER: 'prod',
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      SPARKFIT_PAGERDUTY_URL: pager.url,
    };
    servers.world.kubernetesIsDown = true;
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL'])
      vi.stubEnv(name, '');
    const failing = [1, 2].map(
      (day) => () =>
        sparkfit(words('--until', isoTime(NIGHT + day * DAY_MS)), { environment: broken, nowMs: NIGHT + day * DAY_MS }),
    );
    for (const run of failing) {
      const outcome = await run();
      expect(outcome).toMatchObject({ exitCode: 3, err: expect.stringContaining('nothing could be collected') });
      expect(outcome.out).toContain('failed; the last report stays');
    }
    expect(report()).toBe(before);
    const key = groupKey('prod', 'nightly');
    expect(pager.alerts.get(key)).toMatchObject({ isOpen: true, triggers: [expect.anything()] });
    servers.world.kubernetesIsDown = false;
    for (const [name, value] of Object.entries(servers.environment)) vi.stubEnv(name, value);
    expect((await night(NIGHT + 3 * DAY_MS)).out).toContain('2 nights missed before');
    expect(pager.alerts.get(key)?.isOpen).toBe(false);
  });
});

describe('the clock', () => {
  it('that jumped back is told, and nothing is lost', async () => {
    await night();
    const outcome = await night(NIGHT - 2 * DAY_MS);
    expect(outcome.err).toContain(
      'the clock reads 2026-05-08 02:00 UTC, but the last night was at 2026-05-10 02:00 UTC',
    );
    expect(outcome.exitCode).toBe(0);
    expect(pager.open()).toHaveLength(1);
    expect((await night(NIGHT + DAY_MS)).exitCode).toBe(0);
    expect(pager.taken).toHaveLength(1);
  });
});

describe('a store of an older version', () => {
  it('is brought up, and a copy of it stays', async () => {
    const old = new Database(store);
    migrate(old, store, MIGRATIONS.slice(0, 1));
    old.close();
    const outcome = await night();
    expect(outcome).toMatchObject({ exitCode: 0, err: '' });
    expect(existsSync(`${store}.v1.bak`)).toBe(true);
  });
});

describe.runIf(CAN_MOUNT)('a disk', () => {
  it('that is full fails the night with one line; the store, the report and what it held stay', async () => {
    await night();
    const before = report();
    const data = join(folder, 'data');
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const name of readdirSync(data))
      if (name.startsWith('night.db')) copyFileSync(join(data, name), join(copy, name));
    const bytes = readFileSync(store).length;
    servers.world.nowMs = NIGHT + DAY_MS;
    servers.update();
    // Room for the store and a little more, not for a night.
    const size = Math.ceil(bytes / 1024) + 60;
    const mount = `mount -t tmpfs -o size=${size}k tmpfs ${data} && cp ${copy}/night.db ${data}/`;
    const outcome = await mounted(`${mount} && trap 'cp ${data}/night.db* ${copy}/' EXIT && true`);
    expect(outcome.status).toBe(3);
    expect(
      outcome.stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('sparkfit: store')),
    ).toEqual([expect.stringMatching(/the disk (is full|cannot be read or written)/)]);
    expect(outcome.stdout).toContain('UTC: failed');
    expect(pager.alerts.get(groupKey('prod', 'nightly'))?.isOpen).toBe(true);
    expect(report()).toBe(before);
  });

  it('that is mounted read-only: one line, 2, nothing changed, and it alerts', async () => {
    await night();
    const before = readFileSync(store);
    servers.world.nowMs = NIGHT + DAY_MS;
    servers.update();
    const data = join(folder, 'data');
    const outcome = await mounted(`mount --bind ${data} ${data} && mount -o remount,ro,bind ${data}`);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/^sparkfit: store .*night\.db: cannot be opened for writing/);
    expect(readFileSync(store).equals(before)).toBe(true);
    expect(pager.alerts.get(groupKey('prod', 'nightly'))?.isOpen).toBe(true);
  });
});

describe('upkeep', () => {
  it('keeps the newest copies of the store, each of them whole', async () => {
    for (const day of [0, 1, 2, 3]) await night(NIGHT + day * DAY_MS);
    const copies = readdirSync(join(folder, 'data')).filter((name) => name.includes('.backup-'));
    expect(copies.sort()).toEqual(['night.db.backup-20260512', 'night.db.backup-20260513']);
    for (const name of copies) {
      const db = new Database(join(folder, 'data', name), { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
    }
  });

  it('merges use that is older than 35 days to days', async () => {
    await night();
    const later = NIGHT + 60 * DAY_MS;
    writeFileSync(join(folder, 'c.yaml'), 'prometheus:\n  lookbackDays: 3\n');
    const before = measured();
    await night(later);
    expect(measured().days).toBeGreaterThan(0);
    expect(measured().oldestHourMs).toBeGreaterThanOrEqual(later - 36 * DAY_MS);
    expect(before).toMatchObject({ days: 0, oldestHourMs: expect.any(Number) });
    expect(before.oldestHourMs).toBeLessThan(later - 36 * DAY_MS);
  });

  function measured() {
    const db = new Database(store, { readonly: true });
    const figure = (sql: string) => Number(db.prepare(sql).pluck().get());
    const found = {
      days: figure('SELECT count(*) FROM usage_day'),
      oldestHourMs: figure('SELECT min(hour_ms) FROM usage_hour'),
    };
    db.close();
    return found;
  }

  it('deletes what is older than is kept', async () => {
    await night();
    writeFileSync(join(folder, 'c.yaml'), 'prometheus:\n  lookbackDays: 3\nnightly:\n  keepDays: 30\n');
    const later = NIGHT + 60 * DAY_MS;
    await night(later);
    const db = new Database(store, { readonly: true });
    const oldest = (sql: string) => db.prepare(sql).pluck().get();
    expect(oldest('SELECT count(*) FROM usage_hour')).toBeGreaterThan(0);
    expect(oldest('SELECT min(hour_ms) FROM usage_hour')).toBeGreaterThanOrEqual(later - 30 * DAY_MS);
    expect(oldest('SELECT min(at_ms) FROM night')).toBe(later);
    db.close();
  });
});
