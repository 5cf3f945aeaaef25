import type { Document, DocumentValue } from './define.ts';

// https://www.meilisearch.com/docs/learn/resources/known_limitations
const ID = /^[A-Za-z0-9_-]{1,511}$/;
const FACET_BYTES = 468;

/**
 * Why Meilisearch could not index a document, or would accept it and index something else; undefined when it can. One
 * bad document fails the whole request it is in, and some fail every request that happens to be batched with it.
 */
export function problemOf(document: Document, filterable: readonly string[]): string | undefined {
  if (!ID.test(document.id)) return `id "${document.id}" is not 1 to 511 letters, digits, "-" and "_"`;
  for (const [path, value] of leaves(document, '')) {
    if (typeof value === 'number' && !Number.isFinite(value)) return `${path} is ${value}, which JSON can't hold`;
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      return `${path} is beyond ±2^53, where numbers lose precision`;
    if (typeof value !== 'string') continue;
    if (!value.isWellFormed()) return `${path} holds half of a surrogate pair`;
    if (filterable.includes(path) && Buffer.byteLength(value) > FACET_BYTES) {
      return `${path} is filterable and longer than ${FACET_BYTES} bytes`;
    }
  }
  return pointProblem(document['_geo']);
}

function pointProblem(point: DocumentValue | undefined): string | undefined {
  if (point === undefined || point === null) return undefined;
  const { lat, lng } = point as { readonly lat?: DocumentValue; readonly lng?: DocumentValue };
  if (typeof lat !== 'number' || Math.abs(lat) > 90) return `_geo.lat is ${lat}, not degrees from -90 to 90`;
  if (typeof lng !== 'number' || Math.abs(lng) > 180) return `_geo.lng is ${lng}, not degrees from -180 to 180`;
  return undefined;
}

/** Scalars by their path as filters name it; the elements of a list share the list's path. */
function* leaves(value: DocumentValue, path: string): Generator<readonly [string, string | number | boolean | null]> {
  if (Array.isArray(value)) for (const each of value) yield* leaves(each, path);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) yield* leaves(each, path === '' ? key : `${path}.${key}`);
  } else yield [path, value as string | number | boolean | null];
}
