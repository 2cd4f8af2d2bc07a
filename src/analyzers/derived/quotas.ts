import type { ObjectSpec } from '../../model/posture.js';
import type { Window } from '../../model/window.js';
import { type ObjectKeyed, quotaDays } from '../../store/posture.js';
import { defineArtifact } from '../rule.js';

export interface QuotaUse {
  resource: string;
  used: number;
  hard: number;
  share: number;
}

/** What is used of each resource of a quota. A limit of zero forbids a thing and cannot fill up. */
export function quotaUses({ hard, used }: ObjectSpec<'ResourceQuota'>): QuotaUse[] {
  return Object.entries(hard).flatMap(([resource, limit]) => {
    const use = used[resource];
    return use === undefined || limit <= 0 ? [] : [{ resource, used: use, hard: limit, share: use / limit }];
  });
}

export interface QuotaHistory {
  days(key: ObjectKeyed, window: Window): { dayMs: number; share: number }[];
}

/** The fullest resource of each quota, day by day, as far as it was collected. */
export const quotaHistory = defineArtifact<QuotaHistory>({
  id: 'quota-history',
  sources: ['kubernetes'],
  compute: ({ db }) => ({ days: (key, window) => quotaDays(db, key, window) }),
});
