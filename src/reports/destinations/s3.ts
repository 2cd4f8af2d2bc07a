import { readFileSync } from 'node:fs';
import { messageOf, SourceError, UsageError } from '../../model/errors.js';
import { limited } from '../../model/limited.js';
import { MINUTE_MS } from '../../model/window.js';

const ID = 'report-s3';
const ATTEMPTS = 4;
/** For one file with its attempts: a bucket that does not answer holds nobody up for long. */
const TIMEOUT_MS = 2 * MINUTE_MS;

export interface S3Place {
  bucket: string;
  /** Without a slash at its end; empty for the bucket itself. */
  prefix: string;
}

/** A file of the report, as it lies in its folder. */
export interface SentFile {
  /** Below the prefix. */
  name: string;
  path: string;
  contentType: string;
}

/** @throws UsageError if the address names no bucket. */
export function s3Place(address: string): S3Place {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(address);
  if (!match?.[1])
    throw new UsageError(`'${address}' names no bucket`, { hint: 'Give s3://bucket or s3://bucket/prefix.' });
  return { bucket: match[1], prefix: (match[2] ?? '').replace(/\/+$/, '') };
}

/**
 * Writes the files under the prefix; credentials as for the AWS CLI. Gives their addresses.
 * @throws SourceError with what the bucket answered.
 */
export async function putS3(
  { bucket, prefix }: S3Place,
  files: readonly SentFile[],
  region: string,
  signal: AbortSignal,
): Promise<string[]> {
  const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    ...(region ? { region } : {}),
    maxAttempts: ATTEMPTS,
    // Other servers than AWS are seldom reached by a host name per bucket.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL),
  });
  const addresses: string[] = [];
  try {
    for (const { name, path, contentType } of files) {
      const Key = prefix ? `${prefix}/${name}` : name;
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key,
          Body: readFileSync(path),
          ContentType: contentType,
          ServerSideEncryption: 'AES256',
        }),
        { abortSignal: limited(TIMEOUT_MS, signal) },
      );
      addresses.push(`s3://${bucket}/${Key}`);
    }
  } catch (error) {
    throw new SourceError(ID, `put s3://${bucket}/${prefix}`, messageOf(error), {
      hint: 'Let the role call s3:PutObject there; credentials as for the AWS CLI.',
      cause: error,
    });
  } finally {
    client.destroy();
  }
  return addresses;
}
