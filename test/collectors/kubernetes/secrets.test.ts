import { expect, it } from 'vitest';
import { isSecretLiteral } from '../../../src/collectors/kubernetes/secrets.js';

it.each([
  ['SMTP_PASSWORD', 'hunter2'],
  ['DB_PASSWORD', '123456'],
  ['dbPassword', 'x'],
  ['API_KEY', 'abc'],
  ['api-key', 'abc'],
  ['GITHUB_TOKEN', 'ghp_x'],
  ['CLIENT_SECRET', 'x'],
  ['SECRET_KEY_BASE', 'x'],
  ['AWS_SECRET_ACCESS_KEY', 'x'],
  ['AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE'],
])('%s=%s is a secret', (name, value) => {
  expect(isSecretLiteral(name, value)).toBe(true);
});

it.each([
  ['PASSWORD_FILE', '/run/secrets/pw'],
  ['DB_PASSWORD', '/run/secrets/pw'],
  ['DB_PASSWORD', '$(OTHER)'],
  ['DB_PASSWORD', 'vault:secret/data/db#pw'],
  ['DB_PASSWORD', ''],
  ['DB_PASSWORD', undefined],
  ['SECRET_NAME', 'db'],
  ['TOKEN_URL', 'https://x'],
  ['MAX_TOKENS', '4096'],
  ['PARTITION_KEY', 'user_id'],
  ['PUBLIC_KEY', 'abc'],
  ['MONKEY', 'x'],
  ['KEYCLOAK_URL', 'https://x'],
  ['TOKENIZERS_PARALLELISM', 'false'],
  ['REQUIRE_PASSWORD', 'true'],
])('%s=%s is none', (name, value) => {
  expect(isSecretLiteral(name, value)).toBe(false);
});
