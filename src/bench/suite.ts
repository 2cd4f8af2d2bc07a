import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest } from 'fastest-levenshtein';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, messageOf, UsageError } from '../model/errors.js';
import { issueText } from '../model/issue.js';
import { Suite } from './suite-schema.js';

/** A suite with where it came from. */
export interface LoadedSuite {
  readonly suite: Suite;
  readonly path: string;
  /** Commands run here; paths in the suite are relative to it. */
  readonly folder: string;
  /** Changes when the definition does. */
  readonly hash: string;
}

const BUNDLED = fileURLToPath(new URL('../../benchmarks/', import.meta.url));
export const BUNDLED_SUITES = ['pairs', 'tpch', 'lakehouse'] as const;

/** The word of a bundled suite, or the path of a file. */
function pathOf(word: string): string {
  if (existsSync(word)) return word;
  const bundled = join(BUNDLED, `${word}.yaml`);
  if (/^[a-z-]+$/.test(word) && existsSync(bundled)) return bundled;
  throw new UsageError(`'${word}' is neither a suite file nor a bundled suite`, {
    hint: `Give a YAML file or one of ${BUNDLED_SUITES.join(', ')}.`,
  });
}

function whereOf(path: readonly PropertyKey[]): string {
  return (
    path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('')
      .replace(/^\./, '') || 'top level'
  );
}

function keysOf(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'unrecognized_keys' ? issue.keys : [];
}

const KNOWN = [
  ...Object.keys(Suite.shape),
  ...Object.keys(Suite.shape.workloads.element.shape),
  'name',
  'conf',
  'arguments',
  'environment',
  'image',
  'nodeSelector',
  'patch',
  'eventLogs',
];

function suiteError(
  path: string,
  issue: z.core.$ZodIssue,
  lineOf: (path: readonly PropertyKey[]) => number | undefined,
): ConfigError {
  const [unknown] = keysOf(issue);
  const at = unknown === undefined ? issue.path : [...issue.path, unknown];
  const line = lineOf(at);
  const where = `suite ${path}${line === undefined ? '' : `:${line}`}: ${whereOf(at)}`;
  if (unknown !== undefined)
    return new ConfigError(`${where}: unknown key`, { hint: `Did you mean '${closest(unknown, KNOWN)}'?` });
  return new ConfigError(`${where}: ${issueText(issue)}`, { hint: 'docs/bench.md has every key.' });
}

/**
 * Reads and checks a suite.
 * @throws UsageError if there is none, ConfigError that names file, line and key of what is off.
 */
export function loadSuite(word: string): LoadedSuite {
  const path = pathOf(word);
  const text = readSuite(path);
  const document = parseDocument(text, { merge: true });
  const [broken] = document.errors;
  if (broken)
    throw new ConfigError(`suite ${path}: ${broken.message.split('\n')[0]?.replace(/:$/, '')}`, {
      hint: 'Give YAML that can be read.',
    });
  const parsed = Suite.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (!issue) throw parsed.error;
    throw suiteError(path, issue, (at) => {
      const node: unknown = at.length
        ? document.getIn(
            at.filter((part) => typeof part !== 'symbol'),
            true,
          )
        : undefined;
      const range =
        typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range : [];
      const offset: unknown = range[0];
      return typeof offset === 'number' ? text.slice(0, offset).split('\n').length : undefined;
    });
  }
  const hash = createHash('sha256').update(JSON.stringify(parsed.data)).digest('hex').slice(0, 16);
  return { suite: parsed.data, path, folder: resolve(dirname(path)), hash };
}

function readSuite(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`suite ${path}: ${messageOf(error)}`, {
      hint: 'Give a YAML file that can be read.',
      cause: error,
    });
  }
}
