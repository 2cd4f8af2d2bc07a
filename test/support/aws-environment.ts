import { vi } from 'vitest';

/** What the AWS SDK finds in the environment: these variables and none of the machine's own. */
export function stubAws(variables: Readonly<Record<string, string>> = {}): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

/** A bucket's server, with keys that it does not check. */
export function stubS3(url: string): void {
  stubAws({ AWS_ENDPOINT_URL_S3: url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
}
