import type { Subject } from '../model/finding.js';
import type { FieldChange, Realised, SavingRecord } from '../model/savings.js';
import { isoTime } from '../model/window.js';
import type { Db } from '../store/open.js';
import { savingRecords, validations } from '../store/savings.js';

/** Less than this share of a promise is not kept. */
const KEPT_SHARE = 0.8;

export type SavingVerdict = 'kept' | 'less' | 'wrong' | 'unclear' | 'too-early' | 'no-promise';

export interface SavingRow {
  fingerprint: string;
  rule: string;
  subject: Subject;
  promisedUsdPerMonth: number | null;
  /** What a benchmark said of the change; null: none was made. */
  validated: string | null;
  realisedUsdPerMonth: number | null;
  /** Of 95 % or a little more. */
  interval: [number, number] | null;
  /** When the change was seen. */
  since: string;
  verdict: SavingVerdict;
  unit: Realised['unit'] | null;
  usdPerUnit: { before: number | null; after: number | null; samples: [number, number] } | null;
  confounders: string[];
  changes: FieldChange[];
  note: string;
}

export interface SavingsReport {
  schema: 'sparkfit.savings/1';
  rows: SavingRow[];
  totals: {
    /** Of the changes whose realised saving is known, so that both sums are of the same. */
    promisedUsdPerMonth: number;
    realisedUsdPerMonth: number;
    compared: number;
    tooEarly: number;
    wrong: number;
  };
}

/** What came of a promise. An interval that holds both a kept and a broken promise decides nothing. */
export function verdictOf(promised: number | null, realised: Realised | null): SavingVerdict {
  if (!realised || realised.usdPerMonth === null) return 'too-early';
  if (promised === null || promised <= 0) return 'no-promise';
  const [low, high] = realised.interval ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const least = promised * KEPT_SHARE;
  if (high <= 0) return 'wrong';
  if (low >= least) return 'kept';
  if (high < least) return 'less';
  return realised.interval && realised.usdPerMonth >= least && low > 0 ? 'kept' : 'unclear';
}

function rowOf(saving: SavingRecord, validated: ReadonlyMap<string, string>): SavingRow {
  const { fingerprint, rule, subject, promisedUsdPerMonth, appliedMs, changes, realised } = saving;
  return {
    fingerprint,
    rule,
    subject,
    promisedUsdPerMonth,
    validated: validated.get(fingerprint) ?? null,
    realisedUsdPerMonth: realised?.usdPerMonth ?? null,
    interval: realised?.interval ?? null,
    since: isoTime(appliedMs),
    verdict: verdictOf(promisedUsdPerMonth, realised),
    unit: realised?.unit ?? null,
    usdPerUnit: realised && {
      before: realised.before,
      after: realised.after,
      samples: [realised.samplesBefore, realised.samplesAfter],
    },
    confounders: realised?.confounders ?? [],
    changes,
    note: realised?.note ?? '',
  };
}

/** Every promise whose change was seen, the newest first, wrong ones too. */
export function savingsReport(db: Db): SavingsReport {
  const validated = validations(db);
  const rows = savingRecords(db)
    .map((saving) => rowOf(saving, validated))
    .reverse();
  const compared = rows.filter((row) => row.realisedUsdPerMonth !== null && row.promisedUsdPerMonth !== null);
  const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, usd) => total + (usd ?? 0), 0);
  return {
    schema: 'sparkfit.savings/1',
    rows,
    totals: {
      promisedUsdPerMonth: sum(compared.map((row) => row.promisedUsdPerMonth)),
      realisedUsdPerMonth: sum(compared.map((row) => row.realisedUsdPerMonth)),
      compared: compared.length,
      tooEarly: rows.filter(({ verdict }) => verdict === 'too-early').length,
      wrong: rows.filter(({ verdict }) => verdict === 'wrong').length,
    },
  };
}
