import { BadInputError } from '../../errors.ts';
import type { SearchAfterWrite } from '../../search/after-write.ts';
import type { EntitySearch } from '../../search/define.ts';
import type { FacetCounts, Hit } from '../../search/hits.ts';
import { indexQuery, type SearchRequest, type Wanted } from '../../search/query.ts';
import { type FacetRequest, type Facets, facetKey } from './facets.ts';
import { openHighlights } from './highlights.ts';
import { fieldName } from './names.ts';
import type { SearchSelection } from './selection.ts';

/** Each beginning of values takes a search of its own in the request. */
const MAX_BEGINNINGS = 10;

/** Hits of one search, how many there are in all, and the facets that were asked for. */
export interface Found {
  readonly hits: readonly Hit[];
  readonly total: number;
  readonly facets: Facets;
}

/**
 * Finds hits and counts facets, all in one request.
 *
 * @throws BadInputError, UnavailableError
 */
export async function findHits(
  finder: SearchAfterWrite,
  search: EntitySearch,
  request: SearchRequest,
  wanted: Wanted,
  facets: readonly FacetRequest[],
): Promise<Found> {
  const whole = facets.filter(({ startsWith }) => startsWith === undefined).map(({ path }) => path);
  const parts = facets.filter(({ startsWith }) => startsWith !== undefined);
  if (parts.length > MAX_BEGINNINGS)
    throw new BadInputError(
      'facets',
      `look for ${parts.length} beginnings of values, each of which takes a search of its own; give ${MAX_BEGINNINGS} at most`,
    );
  const [main, ...others] = await finder.query([
    indexQuery(search, { ...request, facets: whole }, wanted),
    ...parts.map((part) => indexQuery(search, withBeginning(request, part), { limit: 0 })),
  ]);
  const counts = new Map<string, FacetCounts | undefined>();
  for (const path of whole)
    counts.set(facetKey({ path, startsWith: undefined }), main?.facets.get(search.facetOf(path)));
  for (const [i, part] of parts.entries()) counts.set(facetKey(part), others[i]?.facets.get(search.facetOf(part.path)));
  return { hits: main?.hits ?? [], total: main?.total ?? 0, facets: (asked) => counts.get(facetKey(asked)) };
}

function withBeginning(request: SearchRequest, { path, startsWith = '' }: FacetRequest): SearchRequest {
  const begins = { path: path.split('.'), op: 'beginsWith', value: startsWith } as const;
  const where = request.where ? { and: [request.where, begins] } : begins;
  return { ...request, where, facets: [path] };
}

/** What of the hits is wanted, for what is selected of them. @param retrieve fields of their documents */
export function wantedOf(
  search: EntitySearch,
  { score, highlights }: SearchSelection,
  retrieve: readonly string[] = [],
): Wanted {
  const marked = openHighlights(search).filter((path) => highlights?.includes(fieldName(path)));
  if (marked.length === 0) return { score, retrieve };
  const { cropped } = search.spec;
  return { score, retrieve: [...retrieve, 'version'], highlight: new Map(marked.map((path) => [path, cropped[path]])) };
}
