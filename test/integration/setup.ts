import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startAwsReplay } from '../support/aws-replay.js';

const SHARED = resolve('../shared');
const TESTBED = join(SHARED, 'testbed');
const HOME = process.env.TESTBED_HOME ?? join(homedir(), '.cache', 'sparkfit-testbed');
/** A run folder and ports of its own, so that a bed that is up already is left alone. */
const BED = {
  TESTBED_RUN: 'integration',
  P_ETCD: '12779',
  P_PEER: '12780',
  P_API: '16843',
  P_KCM: '16657',
  P_SCHED: '16659',
  P_KWOK: '16647',
  P_KSM: '18480',
  P_PROM: '19490',
};
const DAYS = '8';
const STEP_SECONDS = '300';

function skip(why: string): undefined {
  process.stderr.write(`\n!! SKIPPED: tests against the test bed: ${why}\n\n`);
}

function missing(): string | undefined {
  if (!existsSync(TESTBED)) return '../shared/testbed is not beside this clone';
  if (!existsSync(join(HOME, 'bin', 'testbed'))) return 'it is not built (../shared/testbed/build.sh)';
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'promtool is not installed (apt-get install prometheus)';
  }
  return undefined;
}

/** Not awaited by blocking: vitest ends its workers meanwhile. */
async function script(name: string, words: readonly string[], stderr: 'ignore' | 'inherit'): Promise<void> {
  const child = spawn(join(TESTBED, name), words, {
    env: { ...process.env, ...BED },
    stdio: ['ignore', 'ignore', stderr],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

/** Nodes that are scraped, as many as there are: what is asked before the first scrapes is answered by the history alone. */
const SCRAPED = 'count(up{job="kubelet"} == 1) == count(kube_node_status_allocatable{resource="cpu"})';
const SCRAPED_WITHIN_MS = 300_000;

async function untilScraped(url: string): Promise<void> {
  const Answer = z.object({ data: z.object({ result: z.array(z.unknown()) }) });
  for (const startedMs = Date.now(); Date.now() - startedMs < SCRAPED_WITHIN_MS; await sleep(500)) {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: SCRAPED })}`);
    if (Answer.parse(await response.json()).data.result.length > 0) return;
  }
  throw new Error('the test bed is not scraped');
}

/** Starts the test bed and the replay of AWS with the bed's instances; gives what ends them. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const why = missing();
  if (why) return skip(why);
  const down = () => script('down.sh', [], 'ignore');
  const prometheus = `http://127.0.0.1:${BED.P_PROM}`;
  await down();
  try {
    await script('up.sh', [DAYS, STEP_SECONDS], 'inherit');
    await untilScraped(prometheus);
  } catch (error) {
    await down();
    return skip(`it did not come up, see above: ${error instanceof Error ? error.message : error}`);
  }
  const run = join(HOME, BED.TESTBED_RUN);
  const data = join(SHARED, 'data', 'aws');
  const aws = await startAwsReplay(data, ['--anchor', 'now'], join(run, 'out', 'ec2.json'));
  process.env.SPARKFIT_TESTBED_RUN = run;
  process.env.SPARKFIT_TESTBED_PROMETHEUS = prometheus;
  process.env.SPARKFIT_TESTBED_AWS = aws.url;
  return async () => {
    aws.stop();
    await down();
  };
}
