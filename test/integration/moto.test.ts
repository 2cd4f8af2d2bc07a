import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateVolumeCommand,
  EC2Client,
  RequestSpotInstancesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DAY_MS } from '../../src/model/window.js';
import { ebsVolumes, ec2Instances } from '../../src/store/instances.js';
import { openStoreForReading } from '../../src/store/open.js';
import { spotInterruptions, spotRequests, zoneOfferings } from '../../src/store/spot-market.js';
import { billedFleet, billLines, expectedReconciliation } from '../support/billed-fleet.js';
import { curCsvGz, curManifest, curParquet } from '../support/cur.js';
import { sparkfit } from '../support/io.js';
import { type Program, startProgram } from '../support/program.js';

/** moto's server: `pip install 'moto[server]'`, on the PATH or named by SPARKFIT_MOTO_SERVER. */
const MOTO = process.env.SPARKFIT_MOTO_SERVER ?? 'moto_server';

function isInstalled(): boolean {
  try {
    execFileSync(MOTO, ['--help'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const PRESENT = isInstalled();
if (!PRESENT) process.stderr.write(`\n!! SKIPPED: AWS by moto: no server (${MOTO}); pip install 'moto[server]'\n\n`);

let server: Program;
const folder = mkdtempSync(join(tmpdir(), 'sparkfit-moto-'));
const STORE = join(folder, 'moto.db');

beforeAll(async () => {
  if (!PRESENT) return;
  const words = (port: number) => ['-H', '127.0.0.1', '-p', String(port)];
  server = await startProgram({ command: MOTO, words, readyPath: '/moto-api/data.json' });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', server?.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => vi.unstubAllEnvs());

const collect = (source: string, until: string) =>
  sparkfit(['collect', '--store', STORE, '--source', source, '--since', '2026-01-01', '--until', until], {
    environment: { AWS_REGION: 'us-east-1' },
  });

function stored() {
  const store = openStoreForReading(STORE);
  try {
    return { instances: ec2Instances(store.db), volumes: ebsVolumes(store.db) };
  } finally {
    store.close();
  }
}

describe.skipIf(!PRESENT)('moto, through the real SDK', () => {
  it('gives every instance and volume once, and ends those that are gone', async () => {
    const client = new EC2Client({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
    const run = (count: number, spot = false) =>
      client.send(
        new RunInstancesCommand({
          ImageId: 'ami-12c6146b',
          InstanceType: 'm5.large',
          MinCount: count,
          MaxCount: count,
          ...(spot ? { InstanceMarketOptions: { MarketType: 'spot' } } : {}),
          TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: `box-${count}` }] }],
        }),
      );
    const first = await run(3);
    await run(1, true);
    await client.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 100, VolumeType: 'gp3' }));

    expect((await collect('aws-instances', '2026-02-01')).exitCode).toBe(0);
    const once = stored();
    expect(once.instances).toHaveLength(4);
    expect(once.instances.filter(({ lifecycle }) => lifecycle === 'spot')).toHaveLength(1);
    // Each instance has its root volume.
    expect(once.volumes).toHaveLength(5);
    expect(once.volumes.filter(({ attachedTo }) => attachedTo === null)).toMatchObject([
      { sizeGib: 100, volumeType: 'gp3' },
    ]);
    expect(once.instances[0]?.tags.Name).toMatch(/^box-/);

    expect((await collect('aws-instances', '2026-02-01')).exitCode).toBe(0);
    expect(stored()).toEqual(once);

    const gone = first.Instances?.[0]?.InstanceId ?? '';
    await client.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
    client.destroy();
    expect((await collect('aws-instances', '2026-02-02')).exitCode).toBe(0);
    const after = stored().instances;
    expect(after.filter(({ state }) => state === 'running')).toHaveLength(3);
    expect(after.find(({ id }) => id === gone)?.state).toBe('terminated');
  });

  it('of another account is read through its role', async () => {
    const config = join(folder, 'roles.yaml');
    const other = join(folder, 'other.db');
    const roleArn = 'arn:aws:iam::111111111111:role/reader';
    const accounts = [
      { name: 'own', regions: ['us-east-1'] },
      { name: 'other', roleArn, regions: ['us-east-1', 'eu-west-1'] },
    ];
    writeFileSync(config, JSON.stringify({ aws: { accounts } }));
    const words = [
      'collect',
      '--config',
      config,
      '--store',
      other,
      '--source',
      'aws-instances',
      '--until',
      '2026-02-03',
    ];
    const { exitCode } = await sparkfit([...words, '--since', '2026-01-01']);
    expect(exitCode).toBe(0);
    const store = openStoreForReading(other);
    // The other account of the server has no machines: those of our own are read once and stay.
    expect(ec2Instances(store.db).filter(({ state }) => state === 'running')).toHaveLength(3);
    store.close();
  });

  it('has no price list: a named gap, exit code 3, and the instance types all the same', async () => {
    const { exitCode, out } = await collect('aws-prices', '2026-02-01');
    expect(exitCode).toBe(3);
    expect(out).toMatch(/GetProducts: the answer is not what AWS sends/);
    const store = openStoreForReading(STORE);
    expect(store.db.prepare('SELECT count(*) FROM instance_type').pluck().get()).toBeGreaterThan(500);
    store.close();
  });

  it('tells which zones offer a type, and of spot requests', async () => {
    const client = new EC2Client({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
    const LaunchSpecification = { ImageId: 'ami-12c6146b', InstanceType: 'm5.large' as const };
    await client.send(new RequestSpotInstancesCommand({ InstanceCount: 2, LaunchSpecification }));
    client.destroy();
    expect((await collect('aws-instances', '2026-02-02')).exitCode).toBe(0);
    await collect('aws-prices', '2026-02-02');
    const store = openStoreForReading(STORE);
    const requests = spotRequests(store.db, { sinceMs: 0, untilMs: Date.now() + DAY_MS });
    expect(requests.map(({ instanceType }) => instanceType)).toEqual(['m5.large', 'm5.large']);
    expect(spotInterruptions(store.db, { sinceMs: 0, untilMs: Date.now() + DAY_MS })).toEqual([]);
    const offered = zoneOfferings(store.db);
    const zonesOf = (type: string) =>
      offered.filter(({ instanceType }) => instanceType === type).map(({ zone }) => zone);
    expect(zonesOf('m5.large').length).toBeGreaterThan(2);
    expect(new Set(offered.map(({ zone }) => zone)).size).toBe(6);
    store.close();
  });

  it('has the bill in a bucket: an export of two files, and what nodes cost is reconciled to it', async () => {
    const login = {
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    };
    const s3 = new S3Client({ ...login, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'bills' }));
    const lines = billLines();
    const data = 'x/cur/data/BILLING_PERIOD=2021-05';
    const files = {
      [`${data}/cur-00001.csv.gz`]: curCsvGz(lines.slice(0, 200)),
      [`${data}/cur-00002.snappy.parquet`]: curParquet(lines.slice(200)),
    };
    const manifest = curManifest('bills', Object.keys(files));
    for (const [Key, Body] of Object.entries({
      ...files,
      'x/cur/metadata/BILLING_PERIOD=2021-05/cur-Manifest.json': manifest,
    }))
      await s3.send(new PutObjectCommand({ Bucket: 'bills', Key, Body }));
    s3.destroy();

    const billed = join(folder, 'billed.db');
    const fleet = billedFleet();
    fleet.db.prepare('VACUUM INTO ?').run(billed);
    fleet.store.close();
    const config = join(folder, 'bill.yaml');
    writeFileSync(config, JSON.stringify({ aws: { bill: 's3://bills/x' } }));
    const over = ['--since', '2021-05-10', '--until', '2021-05-17', '--config', config, '--store', billed];
    const collected = await sparkfit(['collect', '--source', 'aws-prices', ...over]);
    expect(collected.out.replaceAll(/\s+/g, ' ')).toContain(`${lines.length} new lines of the bill in 2 files`);

    const { percent, billUsd } = expectedReconciliation(lines);
    const { reconciliation } = JSON.parse((await sparkfit(['cost', '--json', ...over])).out);
    expect(reconciliation).toMatchObject({ percent: expect.closeTo(percent, 9), billUsd: expect.closeTo(billUsd, 9) });
    const { out } = await sparkfit(['cost', ...over]);
    expect(out).toContain(`Reconciled to the bill: ${percent.toFixed(1)} %`);
  });
});
