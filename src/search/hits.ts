import type { FacetDistribution, SearchResponse } from 'meilisearch';
import type { DocumentValue } from './document.ts';

/** A document that was found. */
export interface Hit {
  /** Of the document. */
  readonly id: string;
  /** The index that it is from. */
  readonly index: string;
  /** From 0 to 1; undefined unless it was asked for. */
  readonly score: number | undefined;
  /** The fields that were asked for. */
  readonly document: Readonly<Record<string, DocumentValue>>;
  /** Text with its matches marked, by field. */
  readonly marked: Readonly<Record<string, unknown>>;
}

/** The values of a field among all that match: how many have each, and the range of those that are numbers. */
export interface FacetCounts {
  readonly values: ReadonlyMap<string, number>;
  readonly range: { readonly min: number; readonly max: number } | undefined;
}

/** Hits in order, and how many match: exact below Meilisearch's `maxTotalHits` of 1,000. */
export interface IndexHits {
  readonly hits: readonly Hit[];
  readonly total: number;
  /** By the field; those that were asked for. */
  readonly facets: ReadonlyMap<string, FacetCounts>;
}

/** Hits of several indexes in one order. */
export interface FederatedHits {
  readonly hits: readonly Hit[];
  readonly total: number;
  /** By index and field; those that were asked for. */
  readonly facets: ReadonlyMap<string, IndexHits['facets']>;
}

/** The range of a field's numbers, by field. */
type FacetStats = NonNullable<SearchResponse['facetStats']>;

/** A document as Meilisearch's answer has it. @param index that it is from */
export function hitOf(found: SearchResponse['hits'][number], index: string): Hit {
  const { id, _formatted = {}, _rankingScore: score, _federation, ...document } = found;
  return {
    id: id as string,
    index,
    score,
    // Of the fields that were asked for, all of which Roster has written.
    document: document as Readonly<Record<string, DocumentValue>>,
    marked: _formatted,
  };
}

/** The facets in an answer of Meilisearch's. */
export const facetCounts = (distribution: FacetDistribution = {}, stats: FacetStats = {}): IndexHits['facets'] =>
  new Map(
    Object.entries(distribution).map(([field, counts]) => [
      field,
      { values: new Map(Object.entries(counts)), range: stats[field] },
    ]),
  );
