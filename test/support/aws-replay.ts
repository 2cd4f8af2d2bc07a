import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startUpstream } from '../../scripts/record/aws-upstream.mjs';

/** The end of the recorded spot prices. */
const UNTIL_MS = Date.parse('2021-05-31T00:00:00Z');
const Listening = z.object({ listening: z.string() });

/** The replay of recorded AWS data, with what it lacks behind it; `words` are options of its own. */
export async function startAwsReplay(data: string, words: readonly string[] = [], ec2File?: string) {
  const spot = join(data, 'spot');
  const spotFiles = readdirSync(spot).flatMap((name) =>
    /^us-east-1.*\.csv\.gz$/.test(name) ? [join(spot, name)] : [],
  );
  const upstream = await startUpstream({ spotFiles, untilMs: UNTIL_MS, ...(ec2File && { ec2File }) });
  const all = [join(data, 'replay_aws.mjs'), '--data', data, '--port', '0', '--upstream', upstream.url, ...words];
  const child = spawn(process.execPath, ec2File ? [...all, '--ec2', ec2File] : all, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(Listening.parse(JSON.parse(String(text))).listening));
    child.once('exit', () => reject(new Error('the replay server ended')));
  });
  return {
    url,
    stop() {
      child.kill();
      upstream.close();
    },
  };
}
