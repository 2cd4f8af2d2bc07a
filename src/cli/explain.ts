import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RULES } from '../analyzers/registry.js';
import { unknownRule } from '../config/load.js';
import { EXIT } from '../model/errors.js';
import { wrap } from '../reports/text.js';
import type { Io } from './io.js';

function pageOf(id: string): string {
  return fileURLToPath(new URL(`../../docs/rules/${id}.md`, import.meta.url));
}

/** Paragraphs and list items at most so wide; code and tables stay as they are. */
function wrapPage(text: string, columns: number): string {
  let isCode = false;
  return text
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('```')) isCode = !isCode;
      if (isCode || line.length <= columns || /^\s*(\||```)/.test(line)) return [line];
      const [lead = ''] = /^\s*(?:[-*] |\d+\. )?/.exec(line) ?? [];
      return wrap(line.slice(lead.length), columns - lead.length).map(
        (part, i) => (i === 0 ? lead : ' '.repeat(lead.length)) + part,
      );
    })
    .join('\n');
}

/** `sparkfit explain`: the page of a rule, or the list of all. */
export function explain(id: string | undefined, options: { json?: boolean }, io: Io): number {
  const known = RULES.map((rule) => rule.id);
  if (id === undefined) {
    const width = Math.max(...known.map((each) => each.length));
    if (options.json)
      io.out(
        JSON.stringify(
          RULES.map(({ id: rule, title, severity }) => ({ rule, title, severity })),
          null,
          2,
        ),
      );
    else for (const rule of RULES) io.out(`${rule.id.padEnd(width)}  ${rule.severity.padEnd(8)}  ${rule.title}`);
    return EXIT.ok;
  }
  const rule = RULES.find((each) => each.id === id);
  if (!rule) throw unknownRule(id, known);
  const page = pageOf(rule.id);
  const text = existsSync(page) ? readFileSync(page, 'utf8') : `# ${rule.id}\n\n${rule.title}\n`;
  io.out(
    options.json
      ? JSON.stringify({ rule: rule.id, title: rule.title, severity: rule.severity, page: text }, null, 2)
      : wrapPage(text, Math.max(40, io.columns)),
  );
  return EXIT.ok;
}
