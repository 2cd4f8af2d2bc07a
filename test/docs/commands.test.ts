import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { Io } from '../../src/cli/io.js';
import { buildProgram } from '../../src/cli/program.js';
import { Config } from '../../src/config/schema.js';

const io: Io = {
  environment: {},
  out: () => {},
  err: () => {},
  columns: 100,
  color: false,
  interactive: false,
  nowMs: 0,
  signal: new AbortController().signal,
};
const program = buildProgram(io, () => {});

function pages(): string[] {
  const docs = readdirSync('docs', { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  return ['README.md', ...docs];
}

/** `sparkfit …` in shell blocks and in code within text, up to what a shell would not hand on. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/```(?:sh|bash|shell)?\n([\s\S]*?)```/g)].flatMap((match) =>
    (match[1] ?? '').split('\n'),
  );
  const spans = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`((?:npx )?sparkfit [^`]+)`/g)].map(
    (match) => match[1] ?? '',
  );
  return [...blocks, ...spans].flatMap((line) =>
    line
      .replace(/\s#.*$/, '')
      .split(/&&|\|\||[|;]/)
      .map((part) => /^\s*(?:[A-Z_]+=\S+ )*\$?\s*(?:npx )?sparkfit (.+)$/.exec(part)?.[1]?.trim() ?? '')
      .filter((words) => words && !words.startsWith('…')),
  );
}

function optionsOf(command: Command): Set<string> {
  const own = command.options.flatMap(({ short, long }) => [short, long]);
  return new Set([...own, '-h', '--help'].filter((name) => name !== undefined));
}

/** What is wrong with the words: a command or option that there is not; empty if nothing. */
function wrongIn(words: string): string[] {
  const all = words.split(/\s+/).filter((word) => !/[…<[{]/.test(word));
  let command = program as Command;
  let rest = all;
  for (let next = command; next; ) {
    const [name] = rest;
    const found = command.commands.find((one) => one.name() === name);
    if (!found) break;
    command = next = found;
    rest = rest.slice(1);
  }
  if (command === program && rest.length > 0 && !rest[0]?.startsWith('-')) return [`${rest[0]} is no command`];
  const known = optionsOf(command);
  return rest.filter((word) => /^--?[a-z]/i.test(word) && !known.has(word.split('=')[0] ?? ''));
}

describe('commands in the documentation', () => {
  it.each(pages())('of %s have words that there are', (page) => {
    const commands = commandsIn(readFileSync(page, 'utf8'));
    const wrong = commands.map((words) => ({ words, wrong: wrongIn(words) })).filter((one) => one.wrong.length > 0);
    expect(wrong).toEqual([]);
  });

  it('are found at all, and a wrong one is seen', () => {
    expect(pages().flatMap((page) => commandsIn(readFileSync(page, 'utf8'))).length).toBeGreaterThan(30);
    expect(wrongIn('report --formt html')).toEqual(['--formt']);
    expect(wrongIn('reprot')).toEqual(['reprot is no command']);
  });
});

describe('configurations in deploy/', () => {
  it('are configurations', () => {
    const [map] = parseAllDocuments(readFileSync('deploy/kubernetes/config.yaml', 'utf8'));
    const { data } = z.object({ data: z.object({ 'sparkfit.yaml': z.string() }) }).parse(map?.toJS());
    expect(Config.parse(parse(data['sparkfit.yaml'])).report.keep).toBe(30);
  });

  it('the one in docs/deploy.md is one too', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/deploy.md', 'utf8')) ?? [];
    const Overlay = z.object({ patches: z.array(z.object({ patch: z.string() })) });
    const [{ patch }] = z
      .tuple([z.object({ patch: z.string() })], z.unknown())
      .parse(Overlay.parse(parse(yaml)).patches);
    const [{ value }] = z.tuple([z.object({ value: z.string() })]).parse(parse(patch));
    expect(Config.parse(parse(value)).store).toBe('/data/sparkfit.db');
  });

  it.each(['deploy/host/sparkfit-nightly.service', 'deploy/host/crontab'])(
    'the command of %s has words that there are',
    (file) => {
      const commands = [...readFileSync(file, 'utf8').matchAll(/sparkfit (nightly[^\n]*)/g)]
        .map((match) => match[1] ?? '')
        .filter((words) => words.includes('--'));
      expect(commands).toHaveLength(1);
      expect(commands.flatMap(wrongIn)).toEqual([]);
    },
  );
});
