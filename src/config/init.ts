import { stringify } from 'yaml';
import { z } from 'zod';
import { configKeys } from './load.js';
import { Config } from './schema.js';

function defaultAt(path: readonly string[]): unknown {
  let value: unknown = Config.parse({});
  for (const part of path) value = z.record(z.string(), z.unknown()).parse(value)[part];
  return value;
}

function yamlValue(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', defaultStringType: 'PLAIN', lineWidth: 0 }).trim();
}

function isSection(path: readonly string[], all: readonly string[][]): boolean {
  return all.some((other) => other.length > path.length && path.every((part, i) => other[i] === part));
}

/** The whole configuration with every key's default, meaning and environment name, as YAML to be edited. */
export function initialConfig(): string {
  const keys = configKeys();
  const paths = keys.map((key) => key.path);
  const lines = ['# sparkfit configuration. Every key may be left out; what stands here are the defaults.'];
  for (const { path, description, env } of keys) {
    const indent = '  '.repeat(path.length - 1);
    const name = path.at(-1) ?? '';
    const section = isSection(path, paths);
    if (path.length === 1) lines.push('');
    lines.push(`${indent}# ${description}${env ? ` [environment: ${env}]` : ''}`);
    lines.push(section ? `${indent}${name}:` : `${indent}${name}: ${yamlValue(defaultAt(path))}`);
  }
  return `${lines.join('\n')}\n`;
}
