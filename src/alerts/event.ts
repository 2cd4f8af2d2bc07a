import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SEVERITIES } from '../model/finding.js';

/** PagerDuty takes no more characters; the other receivers get the same sentence. */
const LONGEST_SUMMARY = 1024;
/** Findings that one event tells; the report has all of them. */
export const MOST_MEMBERS = 50;
const LONGEST_TEXT = 500;

const Member = z.object({
  fingerprint: z.string(),
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  where: z.string(),
  usdPerMonth: z.number().nullable(),
  confidence: z.number(),
  change: z.string(),
});

/** What is told to receivers, whoever they are. Kept in the store until it is delivered. */
export const AlertEvent = z.object({
  action: z.enum(['trigger', 'resolve', 'change']),
  /** Names the group for ever: of cluster and family of rules, never of a severity or a value. */
  key: z.string().max(255),
  cluster: z.string(),
  family: z.string(),
  severity: z.enum(SEVERITIES),
  summary: z.string().max(2 * LONGEST_SUMMARY),
  /** End of the window of the night that it tells of. */
  atMs: z.number(),
  usdPerMonth: z.number().nullable(),
  /** How many findings are in the group; `members` may be fewer. */
  total: z.number(),
  members: z.array(Member),
});
export type AlertEvent = z.infer<typeof AlertEvent>;
export type AlertMember = z.infer<typeof Member>;

/** Of characters, not of half ones. */
export function cut(text: string, longest = LONGEST_TEXT): string {
  const characters = Array.from(text);
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : text;
}

export function cutSummary(text: string): string {
  return cut(text.replaceAll(/\s+/g, ' '), LONGEST_SUMMARY);
}

/** The key under which a receiver knows a group. */
export function groupKey(cluster: string, family: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([cluster, family]))
    .digest('hex');
  return `sparkfit-${hash.slice(0, 32)}`;
}
