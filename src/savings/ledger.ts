import { RULES } from '../analyzers/registry.js';
import type { ArtifactInput } from '../analyzers/rule.js';
import type { FindingRecord } from '../model/lifecycle.js';
import type { SavingRecord } from '../model/savings.js';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.js';
import { hourPrice } from '../pricing/node-hours.js';
import { type PriceBook, priceBook } from '../pricing/price-book.js';
import { type NodeSpend, type Spend, spend } from '../pricing/spend.js';
import { putWorkloadDay, savingRecords, setRealised } from '../store/savings.js';
import { collectedSources } from '../store/sources.js';
import { watchPatches } from './watch.js';
import { LOOK_MS, realise, type Span } from './work.js';

/** Hours of the day at which a node's price is looked up: enough for a day's mean. */
const PRICE_HOURS = [3, 9, 15, 21] as const;

function nodePrice(nodes: readonly NodeSpend[], book: PriceBook, dayMs: number): number | null {
  const prices = nodes.flatMap(({ node }) =>
    PRICE_HOURS.map((hour) => hourPrice(book, node, dayMs + hour * HOUR_MS)?.usd).filter((usd) => usd !== undefined),
  );
  return prices.length > 0 ? prices.reduce((a, b) => a + b, 0) / prices.length : null;
}

function isWhole(dayMs: number, { sinceMs, untilMs }: Window): boolean {
  return dayMs >= sinceMs && dayMs + DAY_MS <= untilMs;
}

/** Keeps what each workload cost on each day of the window: the window moves on, the days stay. */
function keepDays({ db, window, get }: ArtifactInput, spent: Spend): void {
  const book = get(priceBook);
  for (const [workloadId, { byDay, byNode }] of spent.workloads) {
    const nodes = [...byNode.keys()].map((name) => spent.nodes.get(name)).filter((node) => node !== undefined);
    for (const [dayMs, { usd }] of byDay) {
      if (!isWhole(dayMs, window)) continue;
      const coveredHours = spent.hoursByDay.get(dayMs) ?? 0;
      if (coveredHours > 0)
        putWorkloadDay(db, workloadId, { dayMs, usd, coveredHours, nodeUsdPerHour: nodePrice(nodes, book, dayMs) });
    }
  }
}

function subjectKey({ subject }: SavingRecord): string {
  return JSON.stringify([subject.kind, subject.namespace ?? null, subject.name]);
}

/** From the change before to the change after it on the same subject; four weeks at most. */
function spanOf(saving: SavingRecord, all: readonly SavingRecord[], nowMs: number): Span {
  const { appliedMs } = saving;
  const others = all.filter((other) => subjectKey(other) === subjectKey(saving)).map((other) => other.appliedMs);
  const fromMs = Math.max(appliedMs - LOOK_MS, ...others.filter((time) => time < appliedMs));
  const toMs = Math.min(appliedMs + LOOK_MS, nowMs, ...others.filter((time) => time > appliedMs));
  return { fromMs, appliedMs, toMs };
}

/** Several promises for one subject whose changes were seen together: what was realised is shared by what was promised. */
function shareOf(saving: SavingRecord, all: readonly SavingRecord[]): number {
  const together = all.filter(
    (other) => subjectKey(other) === subjectKey(saving) && other.appliedMs === saving.appliedMs,
  );
  const promised = together.reduce((sum, other) => sum + Math.max(0, other.promisedUsdPerMonth ?? 0), 0);
  if (together.length === 1) return 1;
  return promised > 0 ? Math.max(0, saving.promisedUsdPerMonth ?? 0) / promised : 1 / together.length;
}

function judge(input: ArtifactInput, nowMs: number): void {
  const all = savingRecords(input.db);
  for (const saving of all) {
    const span = spanOf(saving, all, nowMs);
    // What is long done is as it was found then.
    if (saving.realised && nowMs > saving.appliedMs + LOOK_MS + DAY_MS) continue;
    const whole = realise(input, saving, span);
    const share = whole.unit === 'thing' ? 1 : shareOf(saving, all);
    const note = share < 1 ? 'shared with other changes of the same night' : whole.note;
    setRealised(input.db, saving.id, {
      ...whole,
      usdPerMonth: whole.usdPerMonth === null ? null : whole.usdPerMonth * share,
      interval: whole.interval && [whole.interval[0] * share, whole.interval[1] * share],
      note,
    });
  }
}

/**
 * The night's part of the ledger: days are kept, changes of what patches name are seen, promises compared with what
 * came of them. Gives the promises whose change was seen tonight. Call it inside the night's transaction.
 */
export function updateSavings(input: ArtifactInput, records: Iterable<FindingRecord>, cluster: string) {
  const { db, window } = input;
  const there = collectedSources(db);
  if (there.has('kubernetes') && there.has('prometheus')) keepDays(input, input.get(spend));
  const ledgers = new Map(RULES.map((rule) => [rule.id, rule.ledger]));
  const seen = watchPatches(db, records, (rule) => ledgers.get(rule) ?? null, { cluster, atMs: window.untilMs });
  judge(input, window.untilMs);
  return seen;
}
