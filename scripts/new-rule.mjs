#!/usr/bin/env node
// npm run new:rule family/name: writes a rule that works, its test, its page and its line in the registry. What it
// judges by (pods in the window) is there to be replaced.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const [id = ''] = process.argv.slice(2);

function fail(message) {
  console.error(`new-rule: ${message}`);
  process.exit(2);
}

function camel(words) {
  return words.replaceAll(/[-/]+(.)/g, (_, letter) => letter.toUpperCase());
}

function rule(name) {
  return `import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { workloadProfiles } from '../derived/workload-profiles.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  mostPods: z.number().int().min(0).default(100).describe('fires when more pods than this were there in the window'),
});

export const ${name} = defineRule({
  id: '${id}',
  title: 'Many pods',
  severity: 'info',
  ledger: null,
  needs: { profiles: workloadProfiles },
  parameters,
  *evaluate({ facts, parameters: { mostPods }, window }): Iterable<Evaluation> {
    for (const { subject, system, tooLittle, row } of facts.profiles) {
      if (system) yield { state: 'not-applicable', subject, title: 'Pods: a part of the cluster itself' };
      else if (tooLittle) yield { state: 'insufficient-data', subject, title: \`Pods: \${tooLittle}\` };
      else if (row.pods <= mostPods) yield { state: 'ok', subject, title: \`\${row.pods} pods\` };
      else
        yield {
          state: 'finding',
          subject,
          title: \`\${row.pods} pods in the window\`,
          evidence: [{ metric: 'pods', value: row.pods, unit: '', window, samples: row.pods }],
          confidence: { value: 0.9, why: 'pods were counted' },
          recommendation: { summary: 'Run fewer of them.', patches: [], backtest: null },
        };
    }
  },
});
`;
}

function test(name) {
  return `import { describe, expect, it } from 'vitest';
import { ${name} } from '../../../src/analyzers/${id}.js';
import { DAY_MS } from '../../../src/model/window.js';
import { Fleet } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 4 * DAY_MS, untilMs: UNTIL };

function stateOf({ namespace = 'web', pods = 1, measured = true } = {}) {
  const use = () => (measured ? { cpuCores: 1 } : undefined);
  const all = Array.from({ length: pods }, () => ({ containers: [{ use }] }));
  const { store } = new Fleet(WINDOW).workload({ namespace, pods: all });
  const config = { rules: { '${id}': { mostPods: 2 } } };
  return evaluate(store, ${name}, WINDOW, config).map(({ state }) => state);
}

describe('${id}', () => {
  it.each([
    [1, 'ok'],
    [2, 'ok'],
    [3, 'finding'],
  ])('%d pods: %s', (pods, state) => {
    expect(stateOf({ pods })).toEqual([state]);
  });

  it('does not apply to the cluster itself', () => {
    expect(stateOf({ namespace: 'kube-system' })).toEqual(['not-applicable']);
  });

  it('says where there is too little to judge by', () => {
    expect(stateOf({ measured: false })).toEqual(['insufficient-data']);
  });
});
`;
}

function page() {
  return `# ${id}

A workload has many pods.

## What it means
Why somebody should care, in two sentences.

## How it is computed
Pods of the workload that were there in the window.

| parameter | default | meaning | source |
|---|---|---|---|
| \`mostPods\` | 100 | fires when more pods than this were there in the window | threshold of this rule |

## What to do
The change, and how to see that it worked.

## When it is wrong
- Cases in which the finding should be suppressed.
`;
}

/** The family's index with one import and one entry more, both in the order of file names; Biome lays it out. */
function indexWith(text, name) {
  const known = [...text.matchAll(/import \{ (\w+) \} from '(\.\/[\w-]+)\.js';\n/g)].map(([, rule, file]) => ({
    rule,
    file,
  }));
  const all = [...known, { rule: name, file: `./${id.split('/')[1]}` }].sort((a, b) => (a.file < b.file ? -1 : 1));
  const imports = all.map(({ rule, file }) => `import { ${rule} } from '${file}.js';\n`).join('');
  const constant = /export const (\w+)/.exec(text)[1];
  return `import type { Rule } from '../rule.js';\n${imports}\nexport const ${constant}: readonly Rule[] = [${all.map(({ rule }) => rule).join(', ')}];\n`;
}

if (!/^[a-z]+\/[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
  fail(`'${id}' is no rule id; give family/name in lower case: npm run new:rule sizing/too-big`);
const family = id.split('/')[0];
const index = `src/analyzers/${family}/index.ts`;
if (!existsSync(index))
  fail(`'${id}': there is no family '${family}' in src/analyzers; try npm run new:rule sizing/too-big`);
const name = camel(id);
const files = new Map([
  [`src/analyzers/${id}.ts`, rule(name)],
  [`test/analyzers/${id}.test.ts`, test(name)],
  [`docs/rules/${id}.md`, page()],
]);
for (const path of files.keys()) if (existsSync(path)) fail(`${path} is there already`);
files.set(index, indexWith(readFileSync(index, 'utf8'), name));
for (const [path, content] of files) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  console.log(path);
}
execFileSync(process.execPath, [
  'node_modules/@biomejs/biome/bin/biome',
  'format',
  '--write',
  '--vcs-enabled=false',
  index,
]);
