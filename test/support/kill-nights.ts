import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { groupKey } from '../../src/alerts/event.js';
import { DAY_MS, isoTime } from '../../src/model/window.js';
import { uniform } from '../../src/statistics/random.js';
import { type PagerDuty, ROUTING_KEY, startPagerDuty } from './pagerduty.js';
import { smallWorld, startWorld, type World, type WorldServers } from './world.js';

const CLI = resolve('dist/cli/main.js');
const FIRST = Date.parse('2026-05-01T02:00:00Z');
/** Nights of a round: the finding is there in the first two, so that it opens in the first and resolves in the fourth. */
const ROUND = 5;
const IS_THERE = 2;

export interface KillResult {
  kills: number;
  nights: number;
  /** What was wrong: a damaged store, an open alert too many or too few, a state out of order. */
  wrong: string[];
  /** How many kills left a lock, an unfinished collection, an event that was sent and not recorded. */
  left: { locks: number; killedRuns: number; unrecorded: number };
}

interface Arena {
  folder: string;
  store: string;
  servers: WorldServers;
  pager: PagerDuty;
}

function start({ folder, store, servers, pager }: Arena): ChildProcess {
  const words = ['nightly', '--until', isoTime(servers.world.nowMs), '--since', '3d', '--store', store];
  return spawn(
    process.execPath,
    [CLI, ...words, '--output', join(folder, 'reports'), '--config', join(folder, 'c.yaml')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
      env: {
        ...process.env,
        ...servers.environment,
        PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
        SPARKFIT_PAGERDUTY_URL: pager.url,
      },
    },
  );
}

/** How a night ended, and what it said to whoever has to mend it. */
async function whole(arena: Arena): Promise<{ code: number; said: string }> {
  const child = start(arena);
  const [said, [code]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'exit')]);
  return { code: Number(code), said: said.trim() };
}

async function killed(arena: Arena, afterMs: number): Promise<void> {
  const child = start(arena);
  child.stderr?.resume();
  const exit = once(child, 'exit');
  await Promise.race([sleep(afterMs), exit]);
  child.kill('SIGKILL');
  await exit;
}

function check(store: string, when: string, wrong: string[]): void {
  if (!existsSync(store)) return;
  const db = new Database(store);
  const integrity = db.pragma('integrity_check', { simple: true });
  if (integrity !== 'ok') wrong.push(`${when}: integrity_check says ${String(integrity)}`);
  const foreign = db.pragma('foreign_key_check');
  if (Array.isArray(foreign) && foreign.length > 0) wrong.push(`${when}: foreign keys are broken`);
  db.close();
}

function count(store: string, sql: string): number {
  if (!existsSync(store)) return 0;
  const db = new Database(store, { readonly: true });
  try {
    return Number(db.prepare(sql).pluck().get());
  } catch {
    // Killed before there were tables.
    return 0;
  } finally {
    db.close();
  }
}

/** Trigger and resolve in turn, however often each came. */
function inOrder(pager: PagerDuty, key: string): string[] {
  const actions = pager.taken.filter((event) => event.dedup_key === key).map((event) => event.event_action);
  return actions.filter((action, i) => action !== actions[i - 1]);
}

function isThere(night: number): boolean {
  return night % ROUND < IS_THERE;
}

function change(world: World, night: number): void {
  world.nowMs = FIRST + night * DAY_MS;
  const [agent] = world.apps;
  if (agent) agent.privileged = isThere(night);
}

async function arenaOf(): Promise<Arena> {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-kill-'));
  writeFileSync(join(folder, 'c.yaml'), 'prometheus:\n  lookbackDays: 3\nnightly:\n  backups: 1\n');
  return {
    folder,
    store: join(folder, 'kill.db'),
    servers: await startWorld(folder, smallWorld(FIRST)),
    pager: await startPagerDuty(),
  };
}

/** Kills `nightly` at random times, `killsPerNight` times each night, then lets it run through and looks at everything. */
export async function killNights(kills: number, killsPerNight: number, seed: number): Promise<KillResult> {
  const arena = await arenaOf();
  const { store, servers, pager, folder } = arena;
  const random = uniform(seed);
  const result: KillResult = { kills: 0, nights: 0, wrong: [], left: { locks: 0, killedRuns: 0, unrecorded: 0 } };
  const { wrong, left } = result;
  const key = groupKey('prod', 'security');
  const expected: string[] = [];
  let typicalMs = 1500;
  for (let night = 0; result.kills < kills; night++) {
    change(servers.world, night);
    servers.update();
    for (let i = 0; i < killsPerNight && result.kills < kills; i++) {
      const taken = pager.taken.length;
      await killed(arena, random() * typicalMs);
      result.kills++;
      check(store, `kill ${result.kills} in night ${night}`, wrong);
      if (existsSync(`${store}.lock`)) left.locks++;
      left.killedRuns +=
        count(store, "SELECT count(*) FROM collection_run WHERE state = 'running'") > left.killedRuns ? 1 : 0;
      if (
        pager.taken.length > taken &&
        count(store, "SELECT count(*) FROM outbox WHERE state = 'waiting' AND attempts > 0") > 0
      )
        left.unrecorded++;
    }
    const startedMs = Date.now();
    const { code, said } = await whole(arena);
    typicalMs = (typicalMs + (Date.now() - startedMs) * 1.05) / 2;
    result.nights++;
    if (code !== 0) wrong.push(`night ${night} ended with ${code}: ${said}`);
    check(store, `night ${night}`, wrong);
    if (night % ROUND === 0) expected.push('trigger');
    if (night % ROUND === IS_THERE + 1) expected.push('resolve');
    const open = pager.open().map((alert) => alert.key);
    const right = night % ROUND <= IS_THERE ? [key] : [];
    if (open.join() !== right.join()) wrong.push(`night ${night}: open are ${open.join() || 'none'}`);
    const order = inOrder(pager, key);
    if (order.join() !== expected.join())
      wrong.push(`night ${night}: told ${order.join()}, expected ${expected.join()}`);
    const waiting = count(store, "SELECT count(*) FROM outbox WHERE state = 'waiting'");
    if (waiting > 0) wrong.push(`night ${night}: ${waiting} events wait`);
    const perNight = count(
      store,
      `SELECT count(*) FROM finding_event WHERE at_ms = ${servers.world.nowMs} GROUP BY fingerprint, kind HAVING count(*) > 1`,
    );
    if (perNight > 0) wrong.push(`night ${night}: something happened twice`);
  }
  await servers.close();
  await pager.close();
  rmSync(folder, { recursive: true });
  return result;
}
