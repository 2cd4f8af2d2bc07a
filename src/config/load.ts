import { existsSync, readFileSync } from 'node:fs';
import { distance } from 'fastest-levenshtein';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError, messageOf } from '../model/errors.js';
import { issueText } from '../model/issue.js';
import { Config } from './schema.js';

export const DEFAULT_CONFIG_FILE = 'sparkfit.yaml';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A leaf of the configuration: where it is, how the environment names it, what it means. */
export interface ConfigKey {
  path: string[];
  env: string | undefined;
  description: string;
  schema: z.ZodType;
}

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? (schema.unwrap() as z.ZodType) : schema;
}

function objectOf(schema: z.ZodType): z.ZodObject | undefined {
  const unwrapped = inner(schema);
  return unwrapped instanceof z.ZodObject ? unwrapped : undefined;
}

/** Every key of the schema, sections before their leaves. */
export function configKeys(schema: z.ZodObject = Config, path: string[] = []): ConfigKey[] {
  return Object.entries(schema.shape).flatMap(([name, value]) => {
    const child = value as z.ZodType;
    const meta = child.meta() ?? {};
    const own: ConfigKey = {
      path: [...path, name],
      env: typeof meta.env === 'string' ? meta.env : undefined,
      description: meta.description ?? '',
      schema: child,
    };
    const nested = objectOf(child);
    return nested ? [own, ...configKeys(nested, own.path)] : [own];
  });
}

function namesAt(path: readonly PropertyKey[]): string[] {
  let schema: z.ZodObject | undefined = Config;
  for (const part of path) {
    const child: unknown = schema?.shape[String(part)];
    schema = child instanceof z.ZodType ? objectOf(child) : undefined;
  }
  return schema ? Object.keys(schema.shape) : [];
}

/** Known words, the nearest first: those that hold the word, then by its distance from them or a part of them. */
function byNearness(word: string, known: readonly string[]): string[] {
  const farness = (other: string): number =>
    other.toLowerCase().includes(word.toLowerCase())
      ? 0
      : Math.min(...[other, ...other.split(/[/-]/)].map((part) => distance(word, part)));
  return known
    .map((other) => ({ other, far: farness(other) }))
    .sort((a, b) => a.far - b.far)
    .map(({ other }) => other);
}

function didYouMean(word: string, known: readonly string[]): string {
  return known.length > 0 ? `Did you mean '${byNearness(word, known)[0]}'? Known here: ${known.join(', ')}.` : '';
}

function issueError(issue: z.core.$ZodIssue, where: string): ConfigError {
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    const key = [...issue.path, unknown].join('.');
    return new ConfigError(`${where}: unknown key '${key}'`, { hint: didYouMean(unknown, namesAt(issue.path)) });
  }
  // An option has no key.
  const at = where.startsWith('--') ? where : `${where}: ${issue.path.join('.')}`;
  return new ConfigError(`${at}: ${issueText(issue)}`, {
    hint: "See 'sparkfit init --print' for every key with its default.",
  });
}

function readFile(file: string): unknown {
  try {
    const document = parseDocument(readFileSync(file, 'utf8'));
    const [error] = document.errors;
    // The first line says what and where; a picture of the place follows.
    if (error) throw new Error(error.message.split('\n')[0]?.replace(/:$/, ''), { cause: error });
    return document.toJS() ?? {};
  } catch (error) {
    throw new ConfigError(`${file}: ${messageOf(error)}`, {
      hint: 'Give a YAML file that can be read.',
      cause: error,
    });
  }
}

/** A key without a value is one that was left out: `aws:` with all its lines commented away. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => (child === null ? [] : [[name, withoutNulls(child)]])),
  );
}

/** Values of the environment as the tree they override; numbers and lists are not set this way. */
function fromEnvironment(environment: Environment): { path: string[]; env: string; value: string }[] {
  return configKeys().flatMap(({ path, env }) => {
    const value = env && environment[env];
    return value ? [{ path, env, value }] : [];
  });
}

function setAt(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const child = tree[head];
  const branch = typeof child === 'object' && child !== null ? { ...child } : {};
  tree[head] = branch;
  setAt(branch as Record<string, unknown>, rest, value);
}

interface LoadOptions {
  /** From `--config`; must exist. Without it `sparkfit.yaml` is read where it exists. */
  file?: string | undefined;
  environment: Environment;
  /** Values of the command line, which win over both. */
  overrides?: { store?: string | undefined; strategy?: string | undefined };
}

/**
 * The configuration: defaults, then the file, then the environment, then the command line.
 * @throws ConfigError that names the file, the key and the nearest known key.
 */
export function loadConfig({ file, environment, overrides = {} }: LoadOptions): Config {
  if (file !== undefined && !existsSync(file))
    throw new ConfigError(`configuration ${file}: no such file`, { hint: "'sparkfit init' writes one." });
  const name = file ?? DEFAULT_CONFIG_FILE;
  const raw = withoutNulls(existsSync(name) ? readFile(name) : {});
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new ConfigError(`${name}: expected keys and values at the top level`, {
      hint: "'sparkfit init' writes one.",
    });
  checked(raw, () => name);

  const tree: Record<string, unknown> = { ...raw };
  const variables = fromEnvironment(environment);
  for (const { path, value } of variables) setAt(tree, path, value);
  if (overrides.store) tree.store = overrides.store;
  if (overrides.strategy) setAt(tree, ['analysis', 'strategy'], overrides.strategy);
  return checked(
    tree,
    (at) =>
      (overrides.strategy && at === 'analysis.strategy' ? `--strategy '${overrides.strategy}'` : undefined) ??
      variables.find(({ path }) => path.join('.') === at)?.env ??
      name,
  );
}

/** @throws ConfigError that says with `whereOf` who set the key that is off. */
function checked(tree: object, whereOf: (key: string) => string): Config {
  const parsed = Config.safeParse(tree);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (!issue) throw parsed.error;
  throw issueError(issue, whereOf(issue.path.join('.')));
}

/** The error for a word that is none of `known`, with the nearest one. */
export function unknownWord(what: string, word: string, known: readonly string[]): ConfigError {
  return new ConfigError(`unknown ${what} '${word}'`, { hint: didYouMean(word, known) });
}

/** Ids, the nearest first: those of the same name in another family, then those of its family, then any. */
function nearestRules(word: string, known: readonly string[]): string[] {
  const [family, name = ''] = word.split('/');
  const inOthers = known.filter((id) => id.split('/')[1] === name);
  const inFamily = known.filter((id) => id.split('/')[0] === family);
  const own = name === '' ? [] : byNearness(name, inFamily);
  return [...new Set([...inOthers, ...own, ...byNearness(word, known)])];
}

/** The same for ids of rules, which are too many to be listed. */
export function unknownRule(word: string, known: readonly string[]): ConfigError {
  const [first = '', second = '', third = ''] = nearestRules(word, known).map((id) => `'${id}'`);
  return new ConfigError(`unknown rule '${word}'`, {
    hint: `Did you mean ${first}, ${second} or ${third}? 'sparkfit explain' lists all ${known.length}.`,
  });
}
