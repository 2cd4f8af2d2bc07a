import { DAY_MS } from '../../model/window.js';
import { type InstanceDay, instanceDays } from '../../store/machines.js';
import { defineArtifact } from '../rule.js';

/** Days that AWS Trusted Advisor looks at. */
const LOOKBACK_DAYS = 14;

/** What node-exporters said of EC2 instances in the two weeks before the window's end, by instance id. */
export const instanceUse = defineArtifact<ReadonlyMap<string, InstanceDay[]>>({
  id: 'instance-use',
  sources: [],
  compute({ db, window }) {
    const days = new Map<string, InstanceDay[]>();
    const lookback = { sinceMs: window.untilMs - LOOKBACK_DAYS * DAY_MS, untilMs: window.untilMs };
    for (const day of instanceDays(db, lookback)) days.set(day.id, [...(days.get(day.id) ?? []), day]);
    return days;
  },
});
