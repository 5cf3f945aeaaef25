import type { Condition } from '../entities/core/filter.ts';
import { decodePart, encodePart } from '../entities/core/keys.ts';
import type { IndexQuery } from './client.ts';
import type { EntitySearch, SearchIndex } from './define.ts';
import { filterOf, literal, pathsOf } from './filter.ts';
import { type Place, placeFilter, placeOrder } from './place.ts';

/** A key of an order. */
export interface SortKey {
  readonly path: string;
  readonly direction: 'asc' | 'desc';
}

/** What to look for in one entity's index. */
export interface SearchRequest {
  /** The organization whose items are found; never the client's choice. */
  readonly org: string;
  /** Items that have expired by then are left out. */
  readonly now: Date;
  readonly text?: string | null | undefined;
  readonly where?: Condition | undefined;
  /** Weightiest first. */
  readonly order?: readonly SortKey[];
  readonly place?: Place | undefined;
  /** Paths whose values are to be counted. */
  readonly facets?: readonly string[];
}

/** What of the hits is wanted. */
export type Wanted = Pick<IndexQuery, 'offset' | 'limit' | 'highlight' | 'retrieve' | 'score'>;

/** The query of a request. Restricted attributes in it lead to the restricted index; the caller has checked the policy. */
export function indexQuery(search: EntitySearch, request: SearchRequest, wanted: Wanted = {}): IndexQuery {
  const { text, where, order = [], place = {}, facets = [] } = request;
  const filter = where ? filterOf(search, where) : true;
  const sort = [...order.map(({ path, direction }) => `${search.keyOf(path)}:${direction}`), ...placeOrder(place)];
  return {
    index: indexOf(search, request),
    // Every condition is an element of its own, so that no precedence can loosen the organization's.
    filter: [
      ...visibleTo(request),
      ...(filter === true ? [] : [filter === false ? NOTHING : filter]),
      ...placeFilter(place),
    ],
    ...(text ? { q: text } : {}),
    // Relevance puts what lacks some of the words last; an order would put it anywhere.
    ...(sort.length > 0 ? { sort, matchingStrategy: 'all' } : {}),
    ...(facets.length > 0 ? { facets: facets.map(search.facetOf) } : {}),
    ...wanted,
  };
}

/** The index that can answer a request. */
export const indexOf = (search: EntitySearch, { where, order = [], facets = [] }: SearchRequest): SearchIndex =>
  search.indexFor([...(where ? pathsOf(where) : []), ...order.map(({ path }) => path), ...facets]);

/** The conditions that every search has: the organization's own, nothing that has expired. */
export const visibleTo = ({ org, now }: Pick<SearchRequest, 'org' | 'now'>): [string, string] => [
  `org = ${literal(encodePart(org))}`,
  `(expires NOT EXISTS OR expires > ${Math.floor(now.getTime() / 1_000)})`,
];

/** Holds for no document, each of which has an organization. */
const NOTHING = 'org NOT EXISTS';

/** The item id in a document id, or undefined when the document is another organization's. */
export function itemIdOf(documentId: string, org: string): string | undefined {
  const prefix = `${encodePart(org)}_`;
  return documentId.startsWith(prefix) ? decodePart(documentId.slice(prefix.length)) : undefined;
}
