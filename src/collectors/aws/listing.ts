import { setTimeout as sleep } from 'node:timers/promises';
import { type KnownError, SourceError } from '../../model/errors.js';
import type { Gap, SourceId } from '../../model/sources.js';
import type { Window } from '../../model/window.js';
import type { CollectInput, CollectResult } from '../collector.js';
import { kindOf, toSourceError } from './errors.js';

/** One answer of a paged API. An empty token is none: EC2 ends its lists with "". */
export interface ListPage {
  items: readonly unknown[];
  nextToken: string | undefined;
}

/** One list of an API: one kind of thing, one filter. */
export interface Listing {
  /** `spot prices of r5.4xlarge Linux/UNIX`. */
  name: string;
  /** The API call, for errors. */
  operation: string;
  /** What is missing if it fails. */
  window: Window;
  /** Where an earlier run stopped. */
  startToken?: string | undefined;
  /** Read only if this one was read to its end: its cursor goes on from there. */
  after?: Listing | undefined;
  /** Pages from the one that `token` names on. */
  pages(token: string | undefined): AsyncIterable<ListPage>;
  /** Stores one page with its cursor in one transaction; gives how many rows changed. */
  store(page: ListPage): number;
}

/**
 * Pages that are stored together. AWS mixes the series of a region in each page, so that a page by itself touches as
 * many leaves of the table as it has lines.
 */
const BATCH_PAGES = 20;
/** Tries of ours per page, beside the SDK's own three: it does not retry cut bodies, and a throttle can last. */
const MAX_RETRIES = 4;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;
/** A server that answers only empty pages would keep us for ever. */
const MAX_EMPTY_PAGES = 1_000;
/** No retry of ours after this: with the SDK's own tries a server that never answers would keep us for minutes. */
const MAX_PAGE_MS = 60_000;
/** After so many failed lists the others of the same API call are not tried. */
const MAX_FAILED_LISTS = 3;

interface Progress {
  rows: number;
  pages: number;
}

/** Full jitter, so that many collectors do not come back at once. */
async function backOff(retry: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** retry);
  await sleep(delayMs, undefined, { signal }).catch(() => undefined);
}

/**
 * Reads one list to its end, or to the page at which it is told to stop, and stores it some pages at a time. A page that fails in a way that passes is tried again from its
 * own token; a token that is no longer valid restarts the list once (rows are idempotent).
 * @throws SourceError if it cannot go on; `progress` says how far it got.
 */
async function readListing(
  source: SourceId,
  listing: Listing,
  signal: AbortSignal,
  progress: Progress,
): Promise<'done' | 'stopped'> {
  let token = listing.startToken;
  let retries = 0;
  let emptyPages = 0;
  let restarted = false;
  let pageSinceMs = Date.now();
  let pages = listing.pages(token)[Symbol.asyncIterator]();
  let batch: ListPage[] = [];
  /** Stores what was read, with the token that it ends at. */
  const flush = (): void => {
    const last = batch.at(-1);
    if (last) progress.rows += listing.store({ items: batch.flatMap(({ items }) => items), nextToken: last.nextToken });
    batch = [];
  };
  for (;;) {
    let next: IteratorResult<ListPage>;
    try {
      next = await pages.next();
    } catch (thrown) {
      flush();
      const error = toSourceError(source, listing.operation, thrown);
      const restart = kindOf(thrown) === 'bad-token' && token !== undefined && !restarted;
      const again = error.retryable && retries < MAX_RETRIES && Date.now() - pageSinceMs < MAX_PAGE_MS;
      if (!restart && !again) throw error;
      if (restart) {
        restarted = true;
        token = undefined;
      } else await backOff(retries++, signal);
      if (signal.aborted) return 'stopped';
      pages = listing.pages(token)[Symbol.asyncIterator]();
      continue;
    }
    if (next.done) {
      flush();
      return 'done';
    }
    const page = { items: next.value.items, nextToken: next.value.nextToken || undefined };
    batch.push(page);
    progress.pages++;
    retries = 0;
    pageSinceMs = Date.now();
    token = page.nextToken;
    if (token === undefined || signal.aborted || batch.length >= BATCH_PAGES) flush();
    emptyPages = page.items.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > MAX_EMPTY_PAGES) {
      flush();
      throw new SourceError(source, listing.operation, `${MAX_EMPTY_PAGES} empty pages in a row`);
    }
    if (token === undefined) return 'done';
    if (signal.aborted) return 'stopped';
  }
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, 3).join('; ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function gapOf(listing: Listing, error: KnownError, pages: number): Gap {
  const kept = pages > 0 ? ` (${pages} ${pages === 1 ? 'page' : 'pages'} of it stored)` : '';
  return { ...listing.window, why: `${listing.name}: ${error.message}${kept}. ${error.hint ?? ''}`.trim() };
}

function unreadGap(unread: readonly Listing[], why: string): Gap[] {
  const [first] = unread;
  if (!first) return [];
  const sinceMs = Math.min(...unread.map((listing) => listing.window.sinceMs));
  const untilMs = Math.max(...unread.map((listing) => listing.window.untilMs));
  return [{ sinceMs, untilMs, why: `${why}: ${few(unread.map((listing) => listing.name))}` }];
}

export interface ListingsOutcome extends Omit<CollectResult, 'detail'> {
  /** Lists read to their end. */
  complete: Set<Listing>;
}

/**
 * Reads lists one after the other. One that fails becomes a gap and the others go on, unless they would fail alike.
 * @throws SourceError if not a single page could be read.
 */
export async function readListings(
  source: SourceId,
  listings: readonly Listing[],
  input: Pick<CollectInput, 'signal' | 'progress'>,
): Promise<ListingsOutcome> {
  const outcome: ListingsOutcome = { rows: 0, gaps: [], complete: new Set() };
  const unread: Listing[] = [];
  const failed = new Map<string, number>();
  let pages = 0;
  let firstError: SourceError | undefined;
  let stop = false;
  for (const [i, listing] of listings.entries()) {
    const { operation, after } = listing;
    const blocked = after !== undefined && !outcome.complete.has(after);
    if (stop || blocked || (failed.get(operation) ?? 0) >= MAX_FAILED_LISTS) {
      unread.push(listing);
      continue;
    }
    const progress = { rows: 0, pages: 0 };
    input.progress(`${listing.name} (${i + 1}/${listings.length})`);
    try {
      const end = await readListing(source, listing, input.signal, progress);
      if (end === 'done') outcome.complete.add(listing);
      else unread.push(listing);
      stop = input.signal.aborted;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      firstError ??= error;
      outcome.gaps.push(gapOf(listing, error, progress.pages));
      failed.set(operation, (failed.get(operation) ?? 0) + 1);
      stop = hopeless(error);
    }
    outcome.rows += progress.rows;
    pages += progress.pages;
  }
  if (firstError && pages === 0) throw firstError;
  outcome.gaps.push(...unreadGap(unread, firstError ? 'not read after that' : 'stopped before the end of'));
  return outcome;
}

/** Errors that every further request would meet. */
function hopeless(error: SourceError): boolean {
  return ['expired', 'credentials', 'region', 'clock', 'network'].includes(kindOf(error.cause));
}
