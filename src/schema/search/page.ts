import type { OutputRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { BadInputError, SearchUnavailableError } from '../../errors.ts';
import type { SearchAfterWrite } from '../../search/after-write.ts';
import { MAX_HITS } from '../../search/settings.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { selectedParts } from '../electrodb/look-ahead.ts';
import type { Edge, Page } from '../electrodb/page.ts';
import { PAGE_SIZES, pageRequest } from '../electrodb/page-args.ts';
import { writeOf } from './write-token.ts';

/** A hit that is still there. */
export interface SearchEdge<Node, Found> extends Edge<Node> {
  readonly hit: Found;
}

/** A page of hits. */
export interface SearchPage<Node, Found = unknown, Answer = unknown> extends Page<Node> {
  readonly edges: SearchEdge<Node, Found>[];
  /** What the page began with, facets and the like included. */
  readonly answer: Answer;
  /** How many match; {@link MAX_HITS} stands for that many or more. */
  readonly totalCount: number;
  /** Whether the write that the search was to find may be missing. */
  readonly stale: boolean;
}

/** A run of hits, and whether it is the first of its page. */
export interface Run {
  readonly offset: number;
  readonly limit: number;
  readonly isFirst: boolean;
}

/** Hits, and how many there are in all. */
export interface Hits<Found> {
  readonly hits: readonly Found[];
  readonly total: number;
}

/** How a search is read. */
export interface HitSource<Found, Node, Answer extends Hits<Found>> {
  /** Finds by a search that waits for what it is to find. */
  find(run: Run, finder: SearchAfterWrite): Promise<Answer>;
  /** What was found, in the order of the hits; undefined where the item is gone. */
  load(hits: readonly Found[]): Promise<readonly (Node | undefined)[]>;
}

/** The paging arguments of searches, which page forward only. */
export const pageArgs = builder.args((t) => ({
  first: t.int({ description: `How many hits from the start or behind \`after\`: ${PAGE_SIZES}.` }),
  after: t.string({ description: 'Only hits behind this cursor.' }),
  afterWrite: t.string({
    description: "An object's `writeToken`: waits a little, where need be, until what was written there is found.",
  }),
}));

/** What {@link pageArgs} come in as. */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly afterWrite?: string | null | undefined;
}

/**
 * A page of a search, cut by offset. Hits are found where they or their place are selected, and loaded where they are
 * shown. Where items are gone that the index still has, the page is filled up, once, if the search engine answers in time.
 *
 * @param scope what the cursors belong to: field and arguments
 * @throws BadInputError, BadCursorError
 */
export async function searchPage<Found, Node, Answer extends Hits<Found>>(
  { cursors, viewer, reader, searches }: Context,
  info: GraphQLResolveInfo,
  args: PageArgs,
  scope: readonly unknown[],
  source: HitSource<Found, Node, Answer>,
): Promise<SearchPage<Node, Found, Answer>> {
  const { size: wanted, cursor } = pageRequest(args);
  const bound = JSON.stringify([viewer.org, ...scope]);
  const offset = cursor === undefined ? 0 : Number(cursors.decode(cursor, bound, 'after')[0]);
  // The last page is as short as the window's end makes it.
  const size = Math.min(wanted, MAX_HITS - offset);
  if (size === 0 && wanted > 0) {
    throw new BadInputError(
      'first',
      `reaches beyond the first ${MAX_HITS} hits, where searches end; narrow the search, or page a table query, which has no end`,
    );
  }
  const finder = searches.after(writeOf({ cursors, viewer }, args.afterWrite));
  const { selects } = selectedParts(info);
  const shows = selects.includes('edges');
  const limit = shows || selects.includes('pageInfo') ? size : 0;
  const cursorAt = (position: number) => cursors.encode([position], bound);
  const read = async (run: Run) => {
    const answer = await source.find(run, finder);
    const { hits } = answer;
    // An index can be ahead of a replica of the table, where a hit may be missing still.
    if (shows && args.afterWrite) reader.readConsistently();
    const nodes = shows ? await source.load(hits) : [];
    const edges = nodes.flatMap((node, i) => {
      const hit = hits[i];
      return node === undefined || hit === undefined ? [] : [{ node, hit, cursor: cursorAt(run.offset + i + 1) }];
    });
    return { edges, answer, end: run.offset + hits.length };
  };
  const page = await read({ offset, limit, isFirst: true });
  const totalCount = Math.min(page.answer.total, MAX_HITS);
  const missing = shows ? page.end - offset - page.edges.length : 0;
  const more = Math.min(missing, totalCount - page.end);
  const rest = more > 0 ? await ifAnswered(read({ offset: page.end, limit: more, isFirst: false })) : undefined;
  const { edges, end } = rest ?? { ...page, edges: [] };
  return {
    edges: [...page.edges, ...edges],
    answer: page.answer,
    totalCount,
    stale: finder.isStale,
    pageInfo: {
      // Where the count is a lower bound there may be more, also behind the last that can be shown: asking on says so.
      hasNextPage: end < totalCount || !isExact(totalCount),
      hasPreviousPage: offset > 0,
      // Those of the first and the last hit, also where its item is gone: otherwise the next page would begin anew.
      startCursor: end > offset ? cursorAt(offset + 1) : null,
      endCursor: end > offset ? cursorAt(end) : null,
    },
  };
}

const isExact = (totalCount: number): boolean => totalCount < MAX_HITS;

/** Undefined where the search engine did not answer: a page that is not full is better than none. */
const ifAnswered = <T>(read: Promise<T>): Promise<T | undefined> =>
  read.catch((error: unknown) => {
    if (error instanceof SearchUnavailableError) return undefined;
    throw error;
  });

type ObjectFields<Shape extends object> = Parameters<
  NonNullable<Parameters<ReturnType<typeof builder.objectRef<Shape>>['implement']>[0]['fields']>
>[0];

/** The fields of a search's types beside those that all have. */
interface PageFields<P extends object, E extends object, Found> {
  /** How well what was found matches, 0 to 1; where it is given, edges show it. */
  readonly score?: (found: Found) => number | undefined;
  readonly page?: (t: ObjectFields<P>) => object;
  readonly edge?: (t: ObjectFields<E>) => object;
}

/** The GraphQL type of a page of hits. */
export function pageType<Node extends object, Found, Answer>(
  name: string,
  node: OutputRef<Node>,
  { score, ...more }: PageFields<SearchPage<Node, Found, Answer>, SearchEdge<Node, Found>, Found> = {},
) {
  const EdgeType = builder.objectRef<SearchEdge<Node, Found>>(`${name}SearchEdge`).implement({
    description: 'A hit in a list.',
    fields: (t) => ({
      // Pothos resolves a generic node's type to a conditional that nothing is assignable to.
      node: t.field({ type: node, description: 'What was found.', resolve: (edge) => edge.node as never }),
      cursor: t.exposeString('cursor', { description: 'Where the hit stands; pass it as `after`.' }),
      ...(score
        ? {
            score: t.float({
              description: 'How well it matches, 0 to 1.',
              resolve: ({ hit }) => score(hit) ?? 0,
            }),
          }
        : {}),
      ...more.edge?.(t),
    }),
  });
  return builder.objectRef<SearchPage<Node, Found, Answer>>(`${name}SearchConnection`).implement({
    description: 'A page of hits.',
    fields: (t) => ({
      totalCount: t.int({
        description: `How many match; ${MAX_HITS} stands for that many or more.`,
        resolve: ({ totalCount }) => totalCount,
      }),
      totalCountIsExact: t.boolean({
        description: `Whether \`totalCount\` is what it says, and not a lower bound.`,
        resolve: ({ totalCount }) => isExact(totalCount),
      }),
      stale: t.boolean({
        description:
          'True when `afterWrite` was given and its index did not hold that write in time: search again in a moment. Else false.',
        resolve: ({ stale }) => stale,
      }),
      edges: t.field({ type: [EdgeType], description: 'The hits with their cursors.', resolve: ({ edges }) => edges }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Whether and how to page on.',
        resolve: ({ pageInfo }) => pageInfo,
      }),
      ...more.page?.(t),
    }),
  });
}
