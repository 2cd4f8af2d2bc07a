import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import type { Config } from '../../../config/schema.js';
import { SourceError } from '../../../model/errors.js';
import type { SourceId } from '../../../model/sources.js';
import { SECOND_MS } from '../../../model/window.js';
import { toSourceError } from '../../aws/errors.js';
import { loginOf } from '../../aws/sdk.js';

const ATTEMPTS = 5;
const MIN_WAIT_MS = 250;
const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
/** Where a bucket's region is not told; the SDK follows to the right one. */
const ANY_REGION = 'us-east-1';

export interface S3Object {
  key: string;
  bytes: number;
  modifiedMs: number;
  etag: string;
}

export interface S3Page {
  objects: S3Object[];
  /** Ends of the listed level: `logs/eventlog_v2_app-1/`. */
  folders: string[];
}

/** One bucket behind the two requests that are made of it. */
export interface Bucket {
  /** Every object whose key begins so, page by page; of one level only with `delimiter`. */
  list(prefix: string, options: { delimiter?: '/'; limit?: number; signal?: AbortSignal }): AsyncGenerator<S3Page>;
  /** Hands on an object's bytes; called anew with all of them if the connection breaks. */
  get(key: string, take: (content: Readable) => Promise<void>, signal?: AbortSignal): Promise<void>;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** Who reads the bucket, and the setting that names it: for errors. */
export interface BucketUser {
  source: SourceId;
  setting: string;
}

const SPARK_LOGS: BucketUser = { source: 'spark-logs', setting: 'spark.logs' };

function hintOf(error: unknown, bucket: string, { setting }: BucketUser): string | undefined {
  if (nameOf(error) === 'NoSuchBucket') return `Check the name of the bucket in ${setting}, and the endpoint.`;
  if (/AccessDenied|Forbidden|AllAccessDisabled/.test(nameOf(error)))
    return `Let the role call s3:ListBucket on the bucket ${bucket} and s3:GetObject on its objects.`;
  if (nameOf(error) === 'CredentialsProviderError')
    return "Sign in ('aws configure', 'aws sso login', AWS_PROFILE) or give the pod or machine a role.";
  return undefined;
}

function s3Error(operation: string, error: unknown, bucket: string, user: BucketUser): SourceError {
  const { source } = user;
  const known = toSourceError(source, operation, error);
  const hint = hintOf(error, bucket, user);
  if (!hint) return known;
  const reason = known.message.slice(`${source}: ${operation}: `.length);
  return new SourceError(source, operation, reason, { hint, retryable: known.retryable, cause: error });
}

/** Other servers than AWS are seldom reached by a host name per bucket. */
function isOtherEndpoint(): boolean {
  return Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL);
}

/** Imported late: the SDK takes half a second to load. */
export async function openBucket(config: Config, bucket: string, user: BucketUser = SPARK_LOGS): Promise<Bucket> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const timeoutMs = config.aws.timeoutSeconds * SECOND_MS;
  const region = config.aws.region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || ANY_REGION;
  const client: S3Client = new sdk.S3Client({
    region,
    ...(await loginOf(config, region)),
    followRegionRedirects: true,
    forcePathStyle: isOtherEndpoint(),
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  });

  async function attempt<T>(operation: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Error(operation, error, bucket, user);
    }
  }

  return {
    async *list(prefix, { delimiter, limit, signal }) {
      let from: string | undefined;
      do {
        const command = new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(delimiter && { Delimiter: delimiter }),
          ...(limit && { MaxKeys: limit }),
          ...(from && { ContinuationToken: from }),
        });
        const send = () => client.send(command, signal ? { abortSignal: signal } : {});
        const page = await attempt(`list s3://${bucket}/${prefix}`, send, signal);
        yield {
          objects: (page.Contents ?? []).map((object) => ({
            key: object.Key ?? '',
            bytes: object.Size ?? 0,
            modifiedMs: object.LastModified?.getTime() ?? 0,
            etag: object.ETag ?? '',
          })),
          folders: (page.CommonPrefixes ?? []).flatMap((folder) => folder.Prefix ?? []),
        };
        from = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (from);
    },
    get(key, take, signal) {
      const download = async () => {
        const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key });
        const { Body } = await client.send(command, signal ? { abortSignal: signal } : {});
        if (Body instanceof Readable) await take(Body);
      };
      // The SDK asks again for an answer that did not come, but not for a body that broke off.
      const again = () =>
        pRetry(download, {
          retries: ATTEMPTS - 1,
          minTimeout: MIN_WAIT_MS,
          randomize: true,
          shouldRetry: ({ error }) => !signal?.aborted && s3Error('', error, bucket, user).retryable,
        });
      return attempt(`download s3://${bucket}/${key}`, again, signal);
    },
  };
}
