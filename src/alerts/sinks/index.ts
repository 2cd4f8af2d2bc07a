import { readFileSync } from 'node:fs';
import type { Environment } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import { ConfigError, messageOf } from '../../model/errors.js';
import { alertmanager } from './alertmanager.js';
import { pagerduty } from './pagerduty.js';
import type { Sink } from './sink.js';
import { slack } from './slack.js';
import { webhook } from './webhook.js';

/**
 * A secret from its variable or, without one, from its file; empty if there is neither.
 * @throws ConfigError that names variable or file, never the secret.
 */
function secretOf(variable: string, file: string, environment: Environment): string {
  const own = environment[variable]?.trim();
  if (own && /\s/.test(own))
    throw new ConfigError(`${variable}: holds a space or a line break`, { hint: 'Give the secret alone.' });
  if (own || !file) return own ?? '';
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text && !/\s/.test(text)) return text;
  } catch (error) {
    throw new ConfigError(`${file}: ${messageOf(error)}`, { hint: `Give a file that can be read, or ${variable}.` });
  }
  throw new ConfigError(`${file}: expected one secret and nothing else`, {
    hint: `Write it there, or set ${variable}.`,
  });
}

/** The receivers that are configured. */
export function sinksOf({ alerts }: Config, environment: Environment): Sink[] {
  const sinks: Sink[] = [];
  const routingKey = secretOf('PAGERDUTY_ROUTING_KEY', alerts.pagerduty.routingKeyFile, environment);
  if (routingKey) sinks.push(pagerduty(alerts.pagerduty.url, routingKey, alerts));
  if (alerts.alertmanager.url) sinks.push(alertmanager(alerts.alertmanager.url, alerts));
  const slackUrl = secretOf('SLACK_WEBHOOK_URL', alerts.slack.urlFile, environment);
  if (slackUrl) sinks.push(slack(slackUrl, alerts));
  if (alerts.webhook.url)
    sinks.push(
      webhook(alerts.webhook.url, secretOf('SPARKFIT_WEBHOOK_SECRET', alerts.webhook.secretFile, environment), alerts),
    );
  return sinks;
}
