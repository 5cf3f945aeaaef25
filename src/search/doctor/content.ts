import { createHash } from 'node:crypto';
import type { Document, DocumentValue } from '../document.ts';

/** A digest of all that a document says, whatever the order of its fields. */
export const contentHash = (document: Document): string =>
  createHash('sha1')
    .update(JSON.stringify(inOrder(document)))
    .digest('base64')
    .slice(0, 16);

/** True for documents that say the same. */
export const saysTheSame = (a: Document | undefined, b: Document | undefined): boolean =>
  a && b ? contentHash(a) === contentHash(b) : a === b;

function inOrder(value: DocumentValue | undefined): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as { readonly [key: string]: DocumentValue });
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, inOrder(each)]);
}
