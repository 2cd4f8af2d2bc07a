import { join } from 'node:path';
import { comparisonHtml } from '../bench/reports/html.js';
import { comparisonMarkdown } from '../bench/reports/markdown.js';
import { renderComparison } from '../bench/reports/terminal.js';
import type { BenchSession } from '../bench/session.js';
import type { SessionComparison } from '../bench/session-comparison.js';
import { jsonText } from '../reports/text.js';
import { saveBenchSession } from '../store/bench.js';
import { openStore, withStoreErrors } from '../store/open.js';
import { writeWhole } from './files.js';
import type { Io } from './io.js';

export interface OutputWords {
  json?: boolean;
  html?: string;
  markdown?: string;
}

const FOLDER = join('reports', 'bench');

/** Where a session goes when nobody says. */
export function sessionPath(session: BenchSession, output: string | undefined): string {
  return output ?? join(FOLDER, `${session.suite}-${session.createdAt.replaceAll(/[:.]/g, '')}.json`);
}

export function writeSession(path: string, session: BenchSession): void {
  writeWhole(path, `${JSON.stringify(session, null, 1)}\n`);
}

/** Keeps a session in the store, for its history. */
export function keepSession(store: string, session: BenchSession): void {
  const opened = openStore(store);
  try {
    withStoreErrors(store, () => saveBenchSession(opened.db, session));
  } finally {
    opened.close();
  }
}

export function tellComparison(comparison: SessionComparison, { json, html, markdown }: OutputWords, io: Io): void {
  io.out(json ? jsonText(comparison) : renderComparison(comparison, io));
  if (html !== undefined) writeWhole(html, comparisonHtml(comparison));
  if (markdown !== undefined) writeWhole(markdown, comparisonMarkdown(comparison));
}
