import type { OutputRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { BadInputError } from '../errors.ts';
import type { SearchAfterWrite } from '../search/after-write.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { selectedParts } from './electrodb/look-ahead.ts';
import type { Edge, Page } from './electrodb/page.ts';
import { PAGE_SIZES, pageRequest } from './electrodb/page-args.ts';
import { writeOf } from './write-token.ts';

/** How far into its hits Meilisearch pages and counts: its `maxTotalHits`. */
export const SEARCH_WINDOW = 1_000;

/** A page of hits. */
export interface SearchPage<Node> extends Page<Node> {
  /** How many match; {@link SEARCH_WINDOW} stands for that many or more. */
  readonly totalCount: number;
  /** Whether the write that the search was to find may be missing. */
  readonly stale: boolean;
}

/** How a search is read. */
export interface HitSource<Hit, Node> {
  /** Hits from an offset on, and how many there are in all, by a search that waits for what it is to find. */
  find(
    offset: number,
    limit: number,
    finder: SearchAfterWrite,
  ): Promise<{ readonly hits: readonly Hit[]; readonly total: number }>;
  /** What was found, in the order of the hits; undefined where the item is gone. */
  load(hits: readonly Hit[]): Promise<readonly (Node | undefined)[]>;
}

/** The paging arguments of searches, which page forward only. */
export const searchArgs = builder.args((t) => ({
  first: t.int({ description: `How many hits from the start or behind \`after\`: ${PAGE_SIZES}.` }),
  after: t.string({ description: 'Only hits behind this cursor.' }),
  afterWrite: t.string({
    description: "An object's `writeToken`: waits a little, where need be, until what was written there is found.",
  }),
}));

/** The values of {@link searchArgs}. */
export interface SearchPageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly afterWrite?: string | null | undefined;
}

/**
 * A page of a search, cut by offset. Hits are found where they or their place are selected, and loaded where they are
 * shown.
 *
 * @param scope what the cursors belong to: field and arguments
 * @throws BadInputError, BadCursorError
 */
export async function offsetPage<Hit, Node>(
  { cursors, viewer, reader, searches }: Context,
  info: GraphQLResolveInfo,
  args: SearchPageArgs,
  scope: readonly unknown[],
  source: HitSource<Hit, Node>,
): Promise<SearchPage<Node>> {
  const { size: wanted, cursor } = pageRequest(args);
  const bound = JSON.stringify([viewer.org, ...scope]);
  const offset = cursor === undefined ? 0 : Number(cursors.decode(cursor, bound, 'after')[0]);
  // The last page is as short as the window's end makes it.
  const size = Math.min(wanted, SEARCH_WINDOW - offset);
  if (size === 0 && wanted > 0) {
    throw new BadInputError(
      'first',
      `reaches beyond the first ${SEARCH_WINDOW} hits, where searches end; narrow the search, or page a table query, which has no end`,
    );
  }
  const finder = searches.after(writeOf({ cursors, viewer }, args.afterWrite));
  const { selects } = selectedParts(info);
  const shows = selects.includes('edges');
  const { hits, total } = await source.find(offset, shows || selects.includes('pageInfo') ? size : 0, finder);
  // An index can be ahead of a replica of the table, where a hit may be missing still.
  if (shows && args.afterWrite) reader.readConsistently();
  const nodes = shows ? await source.load(hits) : [];
  const cursorAt = (position: number) => cursors.encode([position], bound);
  const end = offset + hits.length;
  const totalCount = Math.min(total, SEARCH_WINDOW);
  return {
    edges: nodes.flatMap((node, i) => (node === undefined ? [] : [{ node, cursor: cursorAt(offset + i + 1) }])),
    totalCount,
    stale: finder.isStale,
    pageInfo: {
      hasNextPage: end < totalCount,
      hasPreviousPage: offset > 0,
      // Those of the first and the last hit, also where its item is gone: otherwise the next page would begin anew.
      startCursor: hits.length > 0 ? cursorAt(offset + 1) : null,
      endCursor: hits.length > 0 ? cursorAt(end) : null,
    },
  };
}

/** The GraphQL type of a page of hits. */
export const pageType = <Node extends object>(name: string, node: OutputRef<Node>) => {
  const Edge = builder.objectRef<Edge<Node>>(`${name}SearchEdge`).implement({
    description: 'A hit in a list.',
    fields: (t) => ({
      // Pothos resolves a generic node's type to a conditional that nothing is assignable to.
      node: t.field({ type: node, description: 'What was found.', resolve: (edge) => edge.node as never }),
      cursor: t.exposeString('cursor', { description: 'Where the hit stands; pass it as `after`.' }),
    }),
  });
  return builder.objectRef<SearchPage<Node>>(`${name}SearchConnection`).implement({
    description: 'A page of hits.',
    fields: (t) => ({
      totalCount: t.exposeInt('totalCount', {
        description: `How many match; ${SEARCH_WINDOW} stands for that many or more.`,
      }),
      stale: t.exposeBoolean('stale', {
        description:
          'True when `afterWrite` was given and its index did not hold that write in time: search again in a moment. Else false.',
      }),
      edges: t.expose('edges', { type: [Edge], description: 'The hits with their cursors.' }),
      pageInfo: t.expose('pageInfo', { type: builder.pageInfoRef(), description: 'Whether and how to page on.' }),
    }),
  });
};
