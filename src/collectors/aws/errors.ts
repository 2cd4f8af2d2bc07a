import { messageOf, SourceError } from '../../model/errors.js';
import type { SourceId } from '../../model/sources.js';
import { SECOND_MS } from '../../model/window.js';

/** What an error of the SDK means to us. */
export type AwsErrorKind =
  | 'expired'
  | 'credentials'
  | 'denied'
  | 'clock'
  | 'region'
  | 'bad-token'
  | 'throttled'
  | 'server'
  | 'network'
  | 'garbled'
  | 'other';

/** The APIs name the same trouble differently (EC2 / Price List), so both names are here. */
const KIND_BY_NAME: Readonly<Record<string, AwsErrorKind>> = {
  RequestExpired: 'expired',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  AuthFailure: 'credentials',
  UnrecognizedClientException: 'credentials',
  InvalidClientTokenId: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  IncompleteSignature: 'credentials',
  MissingAuthenticationToken: 'credentials',
  CredentialsProviderError: 'credentials',
  TokenProviderError: 'credentials',
  UnauthorizedOperation: 'denied',
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  OptInRequired: 'denied',
  RequestTimeTooSkewed: 'clock',
  InvalidSignatureException: 'clock',
  InvalidPaginationToken: 'bad-token',
  InvalidNextToken: 'bad-token',
  InvalidNextTokenException: 'bad-token',
  ExpiredNextTokenException: 'bad-token',
  RequestLimitExceeded: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  EC2ThrottledException: 'throttled',
  TimeoutError: 'network',
  RequestTimeout: 'network',
  SyntaxError: 'garbled',
};

const NETWORK_CODES = /ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;

const HINTS: Partial<Record<AwsErrorKind, string>> = {
  expired:
    "Renew the credentials (for example 'aws sso login') and run the same command again: it goes on where it stopped.",
  credentials: "Sign in ('aws configure', 'aws sso login', AWS_PROFILE) or give the pod or machine a role.",
  denied: 'Let the role call it: sparkfit needs ec2:Describe* and pricing:GetProducts, nothing that writes.',
  clock: "Set this machine's clock: AWS refuses requests that are more than 5 minutes off.",
  region: 'Set AWS_REGION, or aws.region in sparkfit.yaml.',
  throttled: 'Run the same command again later: it goes on where it stopped.',
  server: 'Run the same command again later: it goes on where it stopped.',
  network:
    'Check the network, proxy and AWS_ENDPOINT_URL, then run the same command again: it goes on where it stopped.',
  garbled: 'A proxy or sign-in page may answer in place of AWS: check HTTPS_PROXY and AWS_ENDPOINT_URL.',
  'bad-token': 'Run the same command again: the list is read anew.',
};

const RETRYABLE: ReadonlySet<AwsErrorKind> = new Set(['throttled', 'server', 'network', 'garbled', 'clock']);

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

export function kindOf(error: unknown): AwsErrorKind {
  const name = field(error, 'name');
  const known = typeof name === 'string' ? KIND_BY_NAME[name] : undefined;
  if (known) return known;
  const message = messageOf(error);
  if (/Region is missing/i.test(message)) return 'region';
  if (NETWORK_CODES.test(`${field(error, 'code')} ${message}`) || /socket hang up|aborted/i.test(message))
    return 'network';
  const status = field(field(error, '$metadata'), 'httpStatusCode');
  if (typeof status === 'number' && status >= 500) return 'server';
  // A page of HTML or a cut body with status 200: the SDK's own error carries no name.
  if (/XML parse error|Deserialization error|Unexpected (token|end)|Unclosed|mismatched tag/i.test(message))
    return 'garbled';
  return 'other';
}

/** The SDK's words, without what is said to its developers. */
function reasonOf(kind: AwsErrorKind, error: unknown): string {
  const message = messageOf(error);
  if (kind === 'garbled') return 'the answer is not what AWS sends (a page of HTML or a cut body)';
  if (kind === 'region') return 'no region is set';
  const timeout = /exceeded the configured (\d+) ms/.exec(message)?.[1];
  if (timeout) return `no answer within ${Number(timeout) / SECOND_MS} s`;
  if (/socket hang up|^aborted$|ECONNRESET/.test(message)) return 'the connection was cut';
  const name = field(error, 'name');
  return typeof name === 'string' && name !== 'Error' ? `${message} (${name})` : message;
}

/** What the user sees of an error of the SDK: one line and the next step. */
export function toSourceError(source: SourceId, operation: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const kind = kindOf(error);
  const hint = HINTS[kind];
  return new SourceError(source, operation, reasonOf(kind, error), {
    retryable: RETRYABLE.has(kind),
    cause: error,
    ...(hint ? { hint } : {}),
  });
}
