import type { GraphQLResolveInfo } from 'graphql';
import { searches } from '../../search/all.ts';
import type { EntitySearch } from '../../search/define.ts';
import type { FederatedHits, Hit } from '../../search/hits.ts';
import { indexQuery } from '../../search/query.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { typeName } from '../electrodb/names.ts';
import { type Facets, facetsAsked, openFacetFields } from './facets.ts';
import { wantedOf } from './find.ts';
import { type FieldHighlight, FieldHighlightType, openHighlights } from './highlights.ts';
import { highlightsOf, loadHit } from './hits.ts';
import { fieldName } from './names.ts';
import { type Hits, type PageArgs, pageArgs, pageType, searchPage } from './page.ts';
import { searched } from './patterns.ts';
import { below, type SearchSelection, searchSelection } from './selection.ts';
import { SearchType } from './types.ts';
import { words } from './words.ts';

/** The indexes that everyone in the organization may search, by name. */
const byIndex = new Map(searches.map((search) => [search.open.name, search]));

/** The facets of each type. */
type FacetsByType = (search: EntitySearch) => Facets;

interface Answer extends Hits<Hit> {
  readonly facets: FacetsByType;
}

const SearchResult = builder.unionType('SearchResult', {
  description: 'Anything that can be found.',
  types: searches.map(({ entity }) => builder.entityRef(entity)),
  resolveType: (item, { reader }) => {
    const entity = reader.entityOf(item);
    return entity && typeName(entity);
  },
});

/** The types that have facets. */
const faceted = searches.flatMap((search) => {
  const fields = openFacetFields(search);
  return fields ? [{ search, fields }] : [];
});

const FacetsType = builder.objectRef<FacetsByType>('AnySearchFacets').implement({
  description: 'What all that match have in common, by type.',
  fields: (t) =>
    Object.fromEntries(
      faceted.map(({ search, fields }) => [
        search.entity.name,
        t.field({
          type: fields.type,
          description: `What the ${typeName(search.entity)} objects have in common.`,
          resolve: (facets) => facets(search),
        }),
      ]),
    ),
});

builder.queryField('search', (t) =>
  t.field({
    type: pageType<object, Hit, Answer>('Any', SearchResult, {
      score: (hit) => hit.score,
      edge: (edge) => ({
        highlights: edge.field({
          type: [FieldHighlightType],
          description: 'Its text that matches; none where it has changed since it was indexed.',
          resolve: ({ hit, node }) => matches(hit, node),
        }),
      }),
      page: (page) => ({
        facets: page.field({
          type: FacetsType,
          description: 'What all that match have in common, beyond this page.',
          resolve: ({ answer }) => answer.facets,
        }),
      }),
    }),
    nullable: true,
    description: 'Everything by words, in one ranking.',
    authScopes: { may: 'directory:read' },
    extensions: searched({ indexes: searches.map(({ open }) => open) }),
    args: {
      query: t.arg.string({ required: true, description: 'Words to look for, typing errors forgiven.' }),
      types: t.arg({ type: [SearchType], description: 'Only these types; all when left out.' }),
      ...pageArgs,
    },
    resolve: (_root, { query, types, ...page }, ctx, info) =>
      anyPage(
        ctx,
        info,
        { query, chosen: searches.filter(({ entity }) => !types || types.includes(entity.name)) },
        page,
      ),
  }),
);

/** @throws BadInputError, BadCursorError, UnavailableError */
function anyPage(
  ctx: Context,
  info: GraphQLResolveInfo,
  { query, chosen }: { readonly query: string; readonly chosen: readonly EntitySearch[] },
  page: PageArgs,
) {
  const request = { org: ctx.viewer.org, now: ctx.clock.now(), text: words(query) };
  const selection = searchSelection(info);
  const scope = ['search', query, chosen.map(({ entity }) => entity.name)];
  return searchPage<Hit, object, Answer>(ctx, info, page, scope, {
    async find({ isFirst, ...run }, finder) {
      const queries = chosen.map((search) => {
        const marked = {
          ...selection,
          ...(selection.highlights ? { highlights: openHighlights(search).map(fieldName) } : {}),
        };
        const facets = isFirst ? openFacets(info, selection, search, ctx) : [];
        return indexQuery(search, { ...request, facets }, wantedOf(search, marked));
      });
      const found = queries.length > 0 ? await finder.federate(queries, run) : NOTHING;
      return {
        ...found,
        facets: (search) => (facet) => found.facets.get(search.open.name)?.get(search.facetOf(facet.path)),
      };
    },
    load: (hits) =>
      Promise.all(
        hits.map((hit) => {
          const search = byIndex.get(hit.index);
          return search && loadHit(ctx, info, search, hit);
        }),
      ),
  });
}

/** The paths whose facets are selected of a type. @throws BadInputError */
function openFacets(
  info: GraphQLResolveInfo,
  selection: SearchSelection,
  search: EntitySearch,
  ctx: Context,
): string[] {
  const fields = faceted.find((each) => each.search === search)?.fields;
  if (!fields) return [];
  const selected = below(info, selection.facets, search.entity.name);
  return facetsAsked(search, fields, selected, ctx).map(({ path }) => path);
}

/** The text of a hit that matches. */
function matches(hit: Hit, node: object): FieldHighlight[] {
  const search = byIndex.get(hit.index);
  if (!search) return [];
  const highlights = highlightsOf(hit, node);
  return openHighlights(search).flatMap((path) => {
    const highlight = highlights(path);
    return highlight?.matches ? [{ ...highlight, field: fieldName(path) }] : [];
  });
}

const NOTHING: FederatedHits = { hits: [], total: 0, facets: new Map() };
