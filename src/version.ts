import { readFileSync } from 'node:fs';

/** The version in package.json, which lies beside `src` and `dist`. */
export function toolVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  // By hand: every start of the command line comes by here, and loading zod takes a third of its time.
  const content: unknown = JSON.parse(text);
  if (typeof content === 'object' && content !== null && 'version' in content) return String(content.version);
  throw new Error('package.json names no version');
}
