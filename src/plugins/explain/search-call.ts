import type { IndexQuery, SearchCall } from '../../search/client.ts';

/** A search of Meilisearch, as clients see it. */
export interface ExplainedSearch {
  readonly service: 'meilisearch';
  readonly operation: SearchCall['operation'];
  readonly queries: readonly ExplainedIndexQuery[];
  /** Hits of all queries together. */
  readonly hits: number;
  /** How many documents match, as Meilisearch estimates it: it stops counting at 1,000. */
  readonly estimatedTotal: number;
  /** How long Meilisearch says that it took. */
  readonly processingMs: number;
}

/** What was asked of one index; the rules are Meilisearch's. */
export interface ExplainedIndexQuery {
  /** The index's name without the stage's prefix. */
  readonly index: string;
  /** Null asks for everything. */
  readonly text: string | null;
  /** All must hold; within an inner list any. */
  readonly filter: IndexQuery['filter'];
  readonly sort: readonly string[];
  /** Of a federated search's one ranking, the same in all queries. */
  readonly offset: number;
  readonly limit: number | null;
}

/** A search as it is shown. */
export const explainSearchCall = ({ operation, queries, page, ...call }: SearchCall): ExplainedSearch => ({
  service: 'meilisearch',
  operation,
  queries: queries.map(({ index, q, filter, sort, offset, limit }) => ({
    index: index.name,
    text: q || null,
    filter,
    sort: sort ?? [],
    offset: page?.offset ?? offset ?? 0,
    limit: page?.limit ?? limit ?? null,
  })),
  hits: call.hits,
  estimatedTotal: call.total,
  processingMs: call.processingMs,
});
