import { SYSTEM_NAMESPACES } from '../../model/posture.js';
import { type ClaimPlace, claimPlaces } from '../../store/posture.js';
import { defineArtifact } from '../rule.js';

/** Bound claims with the zone of their volume and who mounts them, without those of the cluster itself. */
export const boundClaims = defineArtifact<ClaimPlace[]>({
  id: 'bound-claims',
  sources: ['kubernetes'],
  compute: ({ db }) =>
    claimPlaces(db).filter(({ phase, namespace }) => phase === 'Bound' && !SYSTEM_NAMESPACES.has(namespace)),
});
