import { targetOf } from '../../recommend/posture-patch.js';
import { listText } from '../derived/posture.js';
import { podRule } from './pod-rule.js';

/** `latest` or no tag, and no digest. The colon of a registry's port is none of a tag. */
export function isUnpinned(image: string): boolean {
  if (image.includes('@')) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}

export const unpinnedImage = podRule({
  id: 'security/unpinned-image',
  title: 'Image without a fixed version',
  severity: 'warning',
  why: 'the tag of the image is latest, or there is none',
  judge({ row, roles }) {
    const images = roles.flatMap(({ posture }) => posture.containers.map((container) => container.image));
    const known = images.filter((image) => image !== null);
    const unpinned = [...new Set(known.filter(isUnpinned))];
    if (unpinned.length > 0)
      return {
        found: `Not pinned: ${listText(unpinned)}`,
        evidence: [['images', listText(unpinned)]],
        summary: 'Name a version, or the digest that runs now, so that a restart starts the same program.',
        patch: {
          format: 'text',
          target: targetOf(row),
          content: unpinned
            .map((image) => `image: ${image.replace(/:latest$/, '')}:<version> or @sha256:<digest>`)
            .join('\n'),
        },
      };
    if (known.length < images.length) return { unknown: 'Image: some containers name none that was read' };
    return { ok: 'Every image has a version' };
  },
});
