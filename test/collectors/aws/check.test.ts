import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsSpot } from '../../../src/collectors/aws/spot/index.js';
import { Config } from '../../../src/config/schema.js';
import { stubAws } from '../../support/aws-environment.js';
import { useAws } from './harness.js';

const config = Config.parse({});

describe('without AWS', () => {
  beforeEach(() => {
    stubAws();
    vi.stubEnv('HOME', '/nonexistent');
  });
  afterEach(() => vi.unstubAllEnvs());

  it('nothing is configured, and doctor says what to set', async () => {
    expect(awsSpot.isConfigured(config)).toBe(false);
    expect(await awsSpot.check(config)).toMatchObject({
      state: 'absent',
      nextStep: expect.stringContaining('AWS_REGION'),
    });
  });

  it.each([
    ['AWS_PROFILE', 'dev'],
    ['AWS_WEB_IDENTITY_TOKEN_FILE', '/var/run/token'],
    ['AWS_ENDPOINT_URL_EC2', 'http://127.0.0.1:1'],
    ['AWS_DEFAULT_REGION', 'eu-west-1'],
  ])('%s is a sign of it', (name, value) => {
    vi.stubEnv(name, value);
    expect(awsSpot.isConfigured(config)).toBe(true);
  });

  it('a region in the configuration is one too', () => {
    expect(awsSpot.isConfigured(Config.parse({ aws: { region: 'eu-west-1' } }))).toBe(true);
  });

  it('no region is said in one line', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    expect(await awsSpot.check(config)).toEqual({
      state: 'failed',
      detail: 'aws-spot: DescribeSpotPriceHistory: no region is set',
      nextStep: 'Set AWS_REGION, or aws.region in sparkfit.yaml.',
    });
  });
});

describe('with AWS', () => {
  const aws = useAws();

  it('doctor makes one small request', async () => {
    expect(await awsSpot.check(config)).toEqual({
      state: 'ok',
      detail: 'spot price history of us-east-1 can be read',
      nextStep: '',
    });
    expect(aws.server.requests).toHaveLength(1);
  });

  it('doctor says what is refused', async () => {
    aws.server.fail('DescribeSpotPriceHistory', { kind: 'error', code: 'UnauthorizedOperation', status: 403 });
    expect(await awsSpot.check(config)).toMatchObject({
      state: 'failed',
      nextStep: expect.stringContaining('ec2:Describe*'),
    });
  });
});
