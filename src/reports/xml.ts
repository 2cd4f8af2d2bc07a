import { plainLines } from './text.js';

const ENTITY: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Outside text as XML 1.0 text or attribute: it has no place for control and non-characters. */
export function escapeXml(text: string): string {
  return plainLines(text)
    .replaceAll(/[&<>"']/g, (character) => ENTITY[character] ?? '')
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd');
}
