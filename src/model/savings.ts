import { z } from 'zod';
import type { Subject } from './finding.js';

/** A setting that a patch names and that was seen to change. */
export interface FieldChange {
  field: string;
  before: string | null;
  after: string | null;
}

/** What a change did, against the same work before it. */
export const RealisedSchema = z.object({
  /** Null: not known yet, or not at all; `note` says why. */
  usdPerMonth: z.number().nullable(),
  /** Of 95 % or a little more; null where there are too few samples for one. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  unit: z.enum(['run', 'GB of input', 'hour', 'thing']),
  /** USD per unit, the middle of the samples. */
  before: z.number().nullable(),
  after: z.number().nullable(),
  samplesBefore: z.number(),
  samplesAfter: z.number(),
  unitsPerMonth: z.number().nullable(),
  /** What else changed: `input per run +98 %`. */
  confounders: z.array(z.string()),
  note: z.string(),
});
export type Realised = z.infer<typeof RealisedSchema>;

/** A promise whose change was seen. */
export interface SavingRecord {
  id: number;
  fingerprint: string;
  cluster: string;
  rule: string;
  subject: Subject;
  promisedUsdPerMonth: number | null;
  promisedMs: number;
  appliedMs: number;
  changes: FieldChange[];
  realised: Realised | null;
}
