import { UsageError } from '../../model/errors.js';
import { putS3, type S3Place, type SentFile, s3Place } from './s3.js';
import { postWebhook } from './webhook.js';

/** Where a report is sent beside its folder. */
export type Destination = { kind: 's3'; place: S3Place } | { kind: 'webhook'; url: string };

/**
 * What the words of `--to` and `report.to` name.
 * @throws UsageError for a word that is no destination, or a webhook without its address.
 */
export function destinationsOf(words: readonly string[], webhookUrl: string | undefined): Destination[] {
  return words.map((word) => {
    if (word.startsWith('s3://')) return { kind: 's3', place: s3Place(word) };
    if (word !== 'webhook')
      throw new UsageError(`'${word}' is no destination`, { hint: 'Give s3://bucket/prefix or webhook.' });
    if (!webhookUrl || !/^https?:\/\/\S+$/.test(webhookUrl))
      throw new UsageError('the webhook has no address', {
        hint: 'Put it into SPARKFIT_REPORT_WEBHOOK (it is a secret, so no option takes it).',
      });
    return { kind: 'webhook', url: webhookUrl };
  });
}

/** A destination as `--to` names it: without the address of a webhook, which is a secret. */
export function wordOf(destination: Destination): string {
  if (destination.kind === 'webhook') return 'webhook';
  const { bucket, prefix } = destination.place;
  return `s3://${bucket}${prefix ? `/${prefix}` : ''}`;
}

export interface Parcel {
  files: readonly SentFile[];
  /** For chats. */
  text: string;
  /** AWS region; empty: that of the SDK. */
  region: string;
  signal: AbortSignal;
}

/** Sends the report; gives what was reached, in words. Errors of one destination are for the caller. */
export async function send(destination: Destination, { files, text, region, signal }: Parcel): Promise<string[]> {
  if (destination.kind === 's3') return putS3(destination.place, files, region, signal);
  await postWebhook(destination.url, text, signal);
  return ['webhook'];
}
