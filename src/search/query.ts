import { decodePart, encodePart } from '../entities/core/keys.ts';
import type { IndexQuery } from './client.ts';
import type { EntitySearch, SearchIndex } from './define.ts';

/** A condition on one field of the documents. */
export type Condition =
  | { readonly path: string; readonly equals: string | number | boolean }
  | { readonly path: string; readonly from: number; readonly to: number }
  | { readonly anyOf: readonly Condition[] };

/** A place to search around. */
export interface Near {
  /** Degrees. */
  readonly lat: number;
  /** Degrees. */
  readonly lng: number;
  readonly withinMeters: number;
}

/** What to look for in one entity's index. */
export interface SearchRequest {
  /** The organization whose items are found; never the client's choice. */
  readonly org: string;
  /** Items that have expired by then are left out. */
  readonly now: Date;
  readonly text?: string | null | undefined;
  readonly where?: readonly Condition[];
  /** Such as `lastName:asc`, weightiest first. */
  readonly order?: readonly string[];
  /** Only items within that distance, nearest first. */
  readonly near?: Near | null | undefined;
  readonly offset?: number;
  readonly limit?: number;
}

/** The query of a request. Restricted attributes in it lead to the restricted index; the caller has checked the policy. */
export function indexQuery(search: EntitySearch, request: SearchRequest): IndexQuery {
  const { org, now, text, where = [], order = [], near, offset, limit } = request;
  const paths = [...where.flatMap(pathsOf), ...order.map((rule) => rule.split(':')[0] ?? rule)];
  const point = near ? `${near.lat}, ${near.lng}` : '';
  const sort = [...(near ? [`_geoPoint(${point}):asc`] : []), ...order];
  return {
    index: search.indexFor(paths),
    // Every condition is an element of its own, so that no precedence can loosen the organization's.
    filter: [
      `org = ${literal(encodePart(org))}`,
      `(expires NOT EXISTS OR expires > ${Math.floor(now.getTime() / 1_000)})`,
      ...where.map((condition) => filterText(search, condition)),
      ...(near ? [`_geoRadius(${point}, ${near.withinMeters})`] : []),
    ],
    ...(text ? { q: text } : {}),
    ...(sort.length > 0 ? { sort } : {}),
    ...(offset === undefined ? {} : { offset }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** The item id in a document id, or undefined when the document is another organization's. */
export function itemIdOf(documentId: string, org: string): string | undefined {
  const prefix = `${encodePart(org)}_`;
  return documentId.startsWith(prefix) ? decodePart(documentId.slice(prefix.length)) : undefined;
}

/** The indexes that everyone in the organization may search, by name. */
export const openIndexes = (searches: readonly EntitySearch[]): ReadonlyMap<string, EntitySearch> =>
  new Map(searches.map((search): [SearchIndex['name'], EntitySearch] => [search.open.name, search]));

const pathsOf = (condition: Condition): string[] =>
  'anyOf' in condition ? condition.anyOf.flatMap(pathsOf) : [condition.path];

function filterText(search: EntitySearch, condition: Condition): string {
  if ('anyOf' in condition) return `(${condition.anyOf.map((each) => filterText(search, each)).join(' OR ')})`;
  const { path } = condition;
  if ('equals' in condition) return `${path} = ${literal(search.encode(path, condition.equals))}`;
  return `${path} ${condition.from} TO ${condition.to}`;
}

/** A value within a filter. JSON's escapes are Meilisearch's: backslash and quotation mark are what matters. */
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);
