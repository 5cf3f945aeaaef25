import { decodePart, encodePart } from '../entities/core/keys.ts';

/** A value within a search document. */
export type DocumentValue =
  | string
  | number
  | boolean
  | null
  | readonly DocumentValue[]
  | { readonly [key: string]: DocumentValue };

/** What Meilisearch holds of one item. */
export interface Document {
  readonly id: string;
  readonly org: string;
  readonly [field: string]: DocumentValue;
}

/** The document id of an item: unique over all organizations, within Meilisearch's alphabet. */
export const documentId = (org: string, id: string): string => `${encodePart(org)}_${encodePart(id)}`;

/** The organization and id in a document id; undefined when no item has that document. */
export function identityOf(document: string): { readonly org: string; readonly id: string } | undefined {
  const [org = '', id = '', ...rest] = document.split('_').map(decodePart);
  return rest.length === 0 && documentId(org, id) === document ? { org, id } : undefined;
}

/**
 * The field that parts the documents of an index into {@link BUCKETS} of about the same size, by their ids: paging
 * through an index can miss documents while others are written, asking for all of a small bucket can't. No attribute
 * begins with an underscore.
 */
export const BUCKET = '_bucket';

/** How many buckets there are. */
export const BUCKETS = 256;

/** The bucket of a document id, from 0 (FNV-1a). */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}

/** The field of a place, by Meilisearch's rules: `lat` and `lng` in degrees. */
export const PLACE = '_geo';

/** The field of text in the form that it is filtered and ordered by, see `textKey`: `_text.title`. */
export const TEXT = '_text';

/** The field of text in the form that it is counted in, see `facetText`: `_facet.title`. */
export const FACET = '_facet';

/** The field of words as others write them, see `otherSpellings`. */
export const SPELLINGS = '_spellings';
