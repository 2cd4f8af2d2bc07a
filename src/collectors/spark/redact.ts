/** As Spark writes it where it redacts by itself. */
export const REDACTED = '*********(redacted)';

/** Spark's own spark.redaction.regex, widened by what object stores, JDBC and cloud SDKs call their secrets. */
const SECRET =
  'secret|passw(?:or)?d|passphrase|pwd|token|credential|access[._-]?key|account[._-]?key|api[._-]?key|private[._-]?key|shared[._-]?key|sas[._-]?key|encryption[._-]?key';
const SECRET_NAME = new RegExp(SECRET, 'i');
/** `-Dfs.s3a.secret.key=…`, `password: …`, `?sig_token=…`, with quotes or without. */
const SECRET_IN_TEXT = new RegExp(
  `((?:-D)?[\\w.-]*(?:${SECRET})[\\w.-]*["']?\\s*[=:]\\s*)("[^"]*"|'[^']*'|[^\\s,;&"')}\\]]+)`,
  'gi',
);
const URL_PASSWORD = /(\w+:\/\/[^\s/:@]*:)([^\s/@]+)(@)/g;
const AWS_KEY_ID = /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g;

/** Replaces secrets inside text: options of a JVM, URLs, messages. */
export function redactText(text: string): string {
  return text
    .replaceAll(SECRET_IN_TEXT, (_, name: string) => `${name}${REDACTED}`)
    .replaceAll(URL_PASSWORD, (_, before: string, _secret: string, after: string) => `${before}${REDACTED}${after}`)
    .replaceAll(AWS_KEY_ID, REDACTED);
}

/** Settings with the values of secret ones replaced. Switches stay: they hold no secret. */
export function redactConf(conf: Record<string, string>): Record<string, string> {
  const redacted: Record<string, string> = {};
  for (const [name, value] of Object.entries(conf)) {
    const secret = SECRET_NAME.test(name) && !/^(?:true|false|)$/i.test(value);
    redacted[name] = secret ? REDACTED : redactText(value);
  }
  return redacted;
}
