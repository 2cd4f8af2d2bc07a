import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsTargets, regionTargets } from '../../../src/collectors/aws/accounts.js';
import { awsInstances } from '../../../src/collectors/aws/instances/index.js';
import { awsSpot } from '../../../src/collectors/aws/spot/index.js';
import { Config } from '../../../src/config/schema.js';
import { ec2Instances } from '../../../src/store/instances.js';
import { useAws } from './harness.js';
import { spotXml } from './server.js';

const aws = useAws();
const folder = mkdtempSync(join(tmpdir(), 'sparkfit-accounts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ROLE = { roleArn: '', externalId: '' };
const ACCOUNTS = [
  { ...ROLE, name: 'data', profile: 'data', regions: ['us-east-1', 'eu-west-1'] },
  { ...ROLE, name: 'web', profile: 'web', regions: ['us-east-1'] },
];

beforeEach(() => {
  const credentials = join(folder, 'credentials');
  const profile = (name: string) => `[${name}]\naws_access_key_id = ${name}\naws_secret_access_key = secret\n`;
  writeFileSync(credentials, `${profile('data')}${profile('web')}`);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentials);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
});

const instance = (id: string) =>
  `<item><instancesSet><item><instanceId>${id}</instanceId><instanceType>m5.large</instanceType><instanceState><name>running</name></instanceState></item></instancesSet></item>`;

describe('accounts of the configuration', () => {
  it('are read with their regions; what is the same in all accounts once per region', () => {
    const config = Config.parse({ aws: { accounts: ACCOUNTS } });
    expect(awsTargets(config).map(({ name }) => name)).toEqual([
      'data (us-east-1)',
      'data (eu-west-1)',
      'web (us-east-1)',
    ]);
    expect(regionTargets(config).map(({ name }) => name)).toEqual(['data (us-east-1)', 'data (eu-west-1)']);
    expect(awsTargets(Config.parse({}))).toHaveLength(1);
  });

  it('are each asked with their own credentials and region', async () => {
    aws.server.pages.set('DescribeInstances', [instance('i-1')]);
    const { gaps } = await awsInstances.collect(aws.input({ accounts: ACCOUNTS }));
    expect(gaps).toEqual([]);
    const asked = aws.server.requests
      .filter(({ action }) => action === 'DescribeInstances')
      .map(({ signedFor }) => signedFor);
    expect(asked).toEqual(['data us-east-1', 'data eu-west-1', 'web us-east-1']);
  });

  it('that fail are named, and the others are read', async () => {
    aws.server.pages.set('DescribeInstances', [instance('i-1')]);
    aws.server.fail('DescribeInstances', { kind: 'error', code: 'UnauthorizedOperation', status: 403 }, 2, 1);
    aws.server.fail('DescribeVolumes', { kind: 'error', code: 'UnauthorizedOperation', status: 403 }, 2, 1);
    aws.server.fail(
      'DescribeSpotInstanceRequests',
      { kind: 'error', code: 'UnauthorizedOperation', status: 403 },
      2,
      1,
    );
    const { gaps, rows } = await awsInstances.collect(aws.input({ accounts: ACCOUNTS }));
    expect(gaps.map(({ why }) => why)).toEqual([expect.stringMatching(/^web \(us-east-1\): .*UnauthorizedOperation/)]);
    expect(rows).toBeGreaterThan(0);
  });

  it('do not end each other’s machines; one that is in no account any more has ended', async () => {
    const two = [
      { ...ROLE, name: 'a', profile: 'data', regions: ['us-east-1'] },
      { ...ROLE, name: 'b', profile: 'web', regions: ['us-east-1'] },
    ];
    aws.server.pages.set('DescribeInstances', [instance('i-1') + instance('i-2')]);
    await awsInstances.collect(aws.input({ accounts: two }));
    aws.server.pages.set('DescribeInstances', [instance('i-2')]);
    const later = { sinceMs: aws.input().window.sinceMs, untilMs: aws.input().window.untilMs + 86_400_000 };
    await awsInstances.collect(aws.input({ accounts: two }, { window: later }));
    expect(ec2Instances(aws.store.db).map(({ id, state }) => [id, state])).toEqual([
      ['i-1', 'terminated'],
      ['i-2', 'running'],
    ]);
  });

  it('of which one could not be read end nobody’s machines', async () => {
    const two = [
      { ...ROLE, name: 'a', profile: 'data', regions: ['us-east-1'] },
      { ...ROLE, name: 'b', profile: 'web', regions: ['us-east-1'] },
    ];
    aws.server.pages.set('DescribeInstances', [instance('i-1')]);
    await awsInstances.collect(aws.input({ accounts: two }));
    aws.server.pages.set('DescribeInstances', ['']);
    aws.server.fail('DescribeInstances', { kind: 'error', code: 'UnauthorizedOperation', status: 403 }, 1, 1);
    const later = { sinceMs: aws.input().window.sinceMs, untilMs: aws.input().window.untilMs + 86_400_000 };
    await awsInstances.collect(aws.input({ accounts: two }, { window: later }));
    expect(ec2Instances(aws.store.db)).toMatchObject([{ id: 'i-1', state: 'running' }]);
  });

  it('share the spot prices of a region: they are read once', async () => {
    aws.server.pages.set('DescribeSpotPriceHistory', [spotXml({ at: '2021-05-20T00:00:00Z', price: '0.1' })]);
    await awsSpot.collect(aws.input({ accounts: ACCOUNTS, instanceTypes: ['r5.xlarge'] }));
    const asked = aws.server.requests.filter(({ action }) => action === 'DescribeSpotPriceHistory');
    expect(asked.map(({ signedFor }) => signedFor)).toEqual(['data us-east-1', 'data eu-west-1']);
  });
});
