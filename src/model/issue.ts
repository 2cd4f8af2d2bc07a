import type { z } from 'zod';

/** What a validator found, in a user's words: `expected one of own, krr, vpa`. */
export function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`;
  if (issue.code !== 'invalid_type') return issue.message;
  if (issue.message.endsWith('received undefined')) return `is missing: expected ${issue.expected}`;
  return issue.message.replace(/^Invalid input: /, '');
}
