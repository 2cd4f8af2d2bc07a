import { type DisruptedPod, disruptedPods } from '../../store/posture.js';
import { defineArtifact } from '../rule.js';

/** Pods that were evicted or preempted in the window, by workload. */
export const disruptions = defineArtifact<ReadonlyMap<number, DisruptedPod[]>>({
  id: 'disruptions',
  sources: ['kubernetes'],
  compute({ db, window }) {
    const byWorkload = new Map<number, DisruptedPod[]>();
    for (const pod of disruptedPods(db, window))
      byWorkload.set(pod.workloadId, [...(byWorkload.get(pod.workloadId) ?? []), pod]);
    return byWorkload;
  },
});
