import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { PricingClient } from '@aws-sdk/client-pricing';
import type { Config } from '../../config/schema.js';
import { SECOND_MS } from '../../model/window.js';

const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;

/** Any of these says that somebody means to use AWS from here. */
const SIGNS = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_EC2',
  'AWS_ENDPOINT_URL_PRICING',
] as const;

/** Whether there is a region, profile, credential, endpoint or role to begin with; no request is made. */
export function awsIsConfigured(config: Config): boolean {
  const { region, profile, roleArn, accounts } = config.aws;
  if (region !== '' || profile !== '' || roleArn !== '' || accounts.length > 0) return true;
  if (SIGNS.some((name) => process.env[name])) return true;
  const files = [
    process.env.AWS_CONFIG_FILE ?? join(homedir(), '.aws', 'config'),
    process.env.AWS_SHARED_CREDENTIALS_FILE ?? join(homedir(), '.aws', 'credentials'),
  ];
  return files.some((file) => existsSync(file));
}

async function settings(config: Config, region: string | undefined) {
  // The SDK warns on stderr about the Node version of next year; our engines field is where that is said.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // requestTimeout alone only warns.
  const requestHandler = {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: config.aws.timeoutSeconds * SECOND_MS,
    throwOnRequestTimeout: true,
  };
  return { requestHandler, ...(region ? { region } : {}), ...(await loginOf(config, region)) };
}

/** A profile or role of the configuration; without either the SDK searches by itself. */
export async function loginOf({ aws }: Config, region: string | undefined) {
  const { profile, roleArn, externalId } = aws;
  if (!roleArn) return profile ? { profile } : {};
  const { fromIni, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const params = { RoleArn: roleArn, RoleSessionName: 'sparkfit', ...(externalId ? { ExternalId: externalId } : {}) };
  const from = profile ? { masterCredentials: fromIni({ profile }) } : {};
  const clientConfig = region ? { clientConfig: { region } } : {};
  return { credentials: fromTemporaryCredentials({ params, ...from, ...clientConfig }) };
}

/** The SDK of JavaScript does not read AWS_DEFAULT_REGION as the others do. */
function wantedRegion(config: Config): string | undefined {
  return config.aws.region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined;
}

/** A client and the region it found; imported late, because the SDK takes a second to load. */
export async function openEc2(config: Config): Promise<{ client: EC2Client; region: string }> {
  const options = await settings(config, wantedRegion(config));
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  const client = new EC2Client(options);
  return { client, region: await client.config.region() };
}

/**
 * Where the Price List API lives: three regions serve the world, one serves China. Source: AWS Billing user guide,
 * "Using the AWS Price List Query API".
 */
export function pricingRegion(region: string): string {
  if (region.startsWith('cn-')) return 'cn-northwest-1';
  if (region.startsWith('ap-')) return 'ap-south-1';
  if (region.startsWith('eu-')) return 'eu-central-1';
  return 'us-east-1';
}

export async function openPricing(config: Config, ec2Region: string): Promise<PricingClient> {
  const options = await settings(config, pricingRegion(ec2Region));
  const { PricingClient } = await import('@aws-sdk/client-pricing');
  return new PricingClient(options);
}
