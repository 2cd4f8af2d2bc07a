/** Words that say secret, as single words of a variable's name. */
const SECRET_WORDS = new Set(
  'secret secrets password passwords passwd passphrase pwd pass token tokens key keys apikey apikeys credential credentials creds'.split(
    ' ',
  ),
);
/** Last words that make a name speak of something about the secret: where it is, how long, how it is used. */
const ABOUT = new Set(
  (
    'file files path paths dir directory name names url uri host endpoint provider class type algorithm alg ttl expiry expiration expires timeout ' +
    'interval length size limit count max min enabled enable disabled required policy header field column prefix suffix format version ' +
    'rotation renewal ref reference arn issuer audience store serializer deserializer backend mode region location mount namespace alias id ids ' +
    'budget window usage seconds minutes hours days parallelism'
  ).split(' '),
);
/** What keys are called that are no secrets. */
const HARMLESS_KEYS = new Set(
  'public partition sort primary foreign row group grouping routing cache object join hash range index lookup message record event order config label annotation dictionary feature'.split(
    ' ',
  ),
);
const HARMLESS_TOKENS = new Set('max min num total n stop eos bos pad unk special input output context new'.split(' '));
const STRONG = /pass(word|wd|phrase)?|pwd|secret|cred/;

/** `SMTP_PASSWORD`, `dbPassword`, `api-key` as lower-case words. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** Whether a variable's name says that its value is a secret. */
function saysSecret(name: string): boolean {
  const words = wordsOf(name);
  const at = words.findLastIndex((word) => SECRET_WORDS.has(word));
  const word = words[at];
  if (word === undefined || ABOUT.has(words.at(-1) ?? '')) return false;
  const before = words[at - 1] ?? '';
  if (word.startsWith('key') && HARMLESS_KEYS.has(before)) return false;
  return !(word.startsWith('token') && HARMLESS_TOKENS.has(before));
}

/** Values that only point at a secret (another variable, a mounted file, a vault) or can be none. */
function isReference(value: string): boolean {
  return (
    /^(true|false|none|null|yes|no)$/i.test(value) ||
    /^\$[({].*[)}]$/.test(value) ||
    /^\{\{.*\}\}$/.test(value) ||
    /^(\/|file:|vault:|arn:aws:(secretsmanager|ssm|kms):|ref\+|aws-?sm:|ssm:|secretsmanager:|gcp-?sm:|sm:\/\/|op:\/\/)/i.test(
      value,
    )
  );
}

const AWS_KEY_ID = /^(AKIA|ASIA)[0-9A-Z]{16}$/;

/** Whether a literal in the environment is a secret by its name; a number is one only where a password is meant. */
export function isSecretLiteral(name: string, value: string | null | undefined): boolean {
  const text = value?.trim() ?? '';
  if (text === '' || isReference(text)) return false;
  if (AWS_KEY_ID.test(text)) return true;
  if (!saysSecret(name)) return false;
  return STRONG.test(name.toLowerCase()) || !/^\d+(\.\d+)?$/.test(text);
}
