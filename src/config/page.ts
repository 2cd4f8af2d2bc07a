import { z } from 'zod';
import { configKeys } from './load.js';
import { Config } from './schema.js';

const INTRO = `# Configuration

<!-- Written by \`npm run docs:config\` from src/config/schema.ts. -->

One file, \`sparkfit.yaml\` in the working folder or the one that \`--config\` names. Every key may be left out. What counts, from weak to strong: default, file, environment, command line (\`--store\`). An unknown key is refused with the nearest known one. \`sparkfit init\` writes the file with every key and its default.
`;

const OUTRO = `
## Rules

Parameters are set by rule id; each rule's page under \`docs/rules/\` lists its own, with default, meaning and source.

\`\`\`yaml
rules:
  idle/workload: { days: 3 }
  spot/cheaper-hour: { enabled: false }
\`\`\`

The AWS SDK reads its own variables besides (\`AWS_PROFILE\`, \`AWS_ACCESS_KEY_ID\`, …), and \`NO_COLOR\`, \`FORCE_COLOR\` and \`COLUMNS\` shape the output.
`;

function defaultOf(path: readonly string[]): unknown {
  let value: unknown = Config.parse({});
  for (const part of path) value = z.record(z.string(), z.unknown()).parse(value)[part];
  return value;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** docs/configuration.md: every key of the schema with default, environment name and meaning. */
export function configurationPage(): string {
  const keys = configKeys();
  const isSection = (path: readonly string[]) =>
    keys.some((other) => other.path.length > path.length && path.every((part, i) => other.path[i] === part));
  const rows = keys.map(({ path, env, description }) => {
    const value = isSection(path) ? '' : `\`${JSON.stringify(defaultOf(path))}\``;
    return `| \`${path.join('.')}\` | ${cell(value)} | ${env ? `\`${env}\`` : ''} | ${cell(description)} |`;
  });
  return `${INTRO}\n| key | default | environment | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n${OUTRO}`;
}
