import type { Config } from '../../config/schema.js';
import type { SourceId } from '../../model/sources.js';
import type { Check } from '../collector.js';
import { toSourceError } from './errors.js';
import { awsIsConfigured } from './sdk.js';

/** What `doctor` says of one AWS source: `probe` makes one small request and tells what it reached. */
export async function checkAws(
  source: SourceId,
  operation: string,
  config: Config,
  probe: () => Promise<string>,
): Promise<Check> {
  if (!awsIsConfigured(config))
    return {
      state: 'absent',
      detail: 'no AWS region, profile, credentials or role found',
      nextStep: "Set AWS_REGION and sign in ('aws configure', 'aws sso login'), or run with an instance or pod role.",
    };
  try {
    return { state: 'ok', detail: await probe(), nextStep: '' };
  } catch (thrown) {
    const error = toSourceError(source, operation, thrown);
    return { state: 'failed', detail: error.message, nextStep: error.hint ?? '' };
  }
}
