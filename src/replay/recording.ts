import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Config } from '../config/schema.js';
import { ConfigError } from '../model/errors.js';
import type { Window } from '../model/window.js';
import { readExchanges } from './exchange.js';
import { type ReplayServer, startReplay } from './server.js';

/** Prefixes under which the replay serves each API. */
export const PREFIX = { kubernetes: '/kubernetes', prometheus: '/prometheus', aws: '/aws' } as const;

const Meta = z.object({
  cluster: z.string(),
  region: z.string(),
  /** The clock of a replay is the recording's end, not today. */
  since: z.iso.datetime().transform((text) => Date.parse(text)),
  until: z.iso.datetime().transform((text) => Date.parse(text)),
});

export interface Recording {
  folder: string;
  cluster: string;
  region: string;
  window: Window;
}

/** The recording that comes with the package. */
export const DEMO_RECORDING = fileURLToPath(new URL('../../recordings/demo', import.meta.url));

/** @throws ConfigError if the folder holds no recording. */
export function openRecording(folder: string): Recording {
  const file = join(folder, 'meta.json');
  if (!existsSync(file))
    throw new ConfigError(`recording ${folder}: meta.json is missing`, { hint: 'Install sparkfit again.' });
  const { since, until, ...meta } = Meta.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { folder, ...meta, window: { sinceMs: since, untilMs: until } };
}

/** A kubeconfig for a server on loopback that asks for no credentials; plain HTTP is allowed only with TLS checks off. */
export function kubeconfigFor(url: string, cluster: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': cluster,
    clusters: [{ name: cluster, cluster: { server: `${url}${PREFIX.kubernetes}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'replay', user: {} }],
    contexts: [{ name: cluster, context: { cluster, user: 'replay' } }],
  });
}

/** What the AWS SDK needs to talk to the replay and to nothing else, whatever the user's own profile says. */
export function awsEnvironment(url: string, region: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: `${url}${PREFIX.aws}`,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'replay',
    AWS_SECRET_ACCESS_KEY: 'replay',
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ENDPOINT_URL_EC2: '',
    AWS_ENDPOINT_URL_PRICING: '',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '',
  };
}

/** The configuration of a run against a replay at `url`: all defaults but where the sources are. */
export function replayConfig(recording: Recording, url: string, paths: { store: string; kubeconfig: string }): Config {
  return Config.parse({
    store: paths.store,
    cluster: recording.cluster,
    kubernetes: { kubeconfig: paths.kubeconfig },
    prometheus: { url: `${url}${PREFIX.prometheus}` },
    aws: { region: recording.region },
    spark: { logs: join(recording.folder, 'spark-logs') },
  });
}

export async function replay(recording: Recording): Promise<ReplayServer> {
  return startReplay(await readExchanges(join(recording.folder, 'exchanges.jsonl.gz')));
}
