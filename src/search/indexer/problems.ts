import type { Document } from '../document.ts';

// https://www.meilisearch.com/docs/learn/resources/known_limitations
const ID = /^[A-Za-z0-9_-]{1,511}$/;
const FACET_BYTES = 468;

/**
 * Why Meilisearch could not index a document, or would accept it and index something else; undefined when it can. One
 * bad document fails the whole request it is in, and some fail every request that happens to be batched with it.
 *
 * Reasons name fields and never values: they go into logs, and not everyone may read every value.
 *
 * @param filterable paths as the index's settings name them
 */
export function problemOf(document: Document, filterable: readonly string[]): string | undefined {
  if (!ID.test(document.id)) return 'id is not 1 to 511 letters, digits, "-" and "_"';
  return problemWithin(document, '', filterable) ?? pointProblem(document['_geo']);
}

/** The first problem of a scalar by its path as filters name it; the elements of a list share the list's path. */
function problemWithin(value: unknown, path: string, filterable: readonly string[]): string | undefined {
  if (Array.isArray(value)) return firstOf(value, (each) => problemWithin(each, path, filterable));
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    return firstOf(Object.entries(value), ([key, each]) =>
      problemWithin(each, path === '' ? key : `${path}.${key}`, filterable),
    );
  if (value === undefined) return undefined;
  const problem = typeof value === 'string' ? textProblem(value, path, filterable) : scalarProblem(value);
  return problem && `${path} ${problem}`;
}

function firstOf<T>(values: readonly T[], problemOf: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const problem = problemOf(value);
    if (problem) return problem;
  }
  return undefined;
}

function textProblem(text: string, path: string, filterable: readonly string[]): string | undefined {
  if (!text.isWellFormed()) return 'holds half of a surrogate pair';
  // Filters see a value in this form, cut off at the limit.
  if (isWithin(path, filterable) && Buffer.byteLength(text.normalize('NFKD').toLowerCase()) > FACET_BYTES) {
    return `is filterable and longer than ${FACET_BYTES} bytes in lower-case compatibility form (NFKD)`;
  }
  return undefined;
}

function scalarProblem(value: unknown): string | undefined {
  if (typeof value === 'bigint' || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    return 'is beyond ±2^53, where numbers lose precision';
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'is no number that JSON can hold';
  return value === null || typeof value === 'boolean' ? undefined : 'is neither text, number, truth value nor null';
}

function pointProblem(point: unknown): string | undefined {
  if (point === undefined || point === null) return undefined;
  const { lat, lng, ...others } = Object(point) as Readonly<Record<string, unknown>>;
  if (typeof lat !== 'number' || Math.abs(lat) > 90) return '_geo.lat is not degrees from -90 to 90';
  if (typeof lng !== 'number' || Math.abs(lng) > 180) return '_geo.lng is not degrees from -180 to 180';
  return Object.keys(others).length > 0 ? '_geo holds more than lat and lng' : undefined;
}

const isWithin = (path: string, attributes: readonly string[]): boolean =>
  attributes.some((attribute) => path === attribute || path.startsWith(`${attribute}.`));
