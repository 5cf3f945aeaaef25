import type { GraphQLResolveInfo } from 'graphql';
import type { EntitySearch } from '../../search/define.ts';
import type { Hit } from '../../search/hits.ts';
import { distanceMeters, type Place, type Point } from '../../search/place.ts';
import { indexOf, type SearchRequest } from '../../search/query.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { selectedParts } from '../electrodb/look-ahead.ts';
import { typeName } from '../electrodb/names.ts';
import { type FacetFields, type Facets, facetFields, facetsAsked } from './facets.ts';
import { findHits, wantedOf } from './find.ts';
import { highlightsType } from './highlights.ts';
import { highlightsOf, itemOfHit, loadHit } from './hits.ts';
import { type Hits, type PageArgs, pageType, type SearchPage, searchPage } from './page.ts';
import { searchSelection, servedBy } from './selection.ts';

/** A page of one type's hits. */
export type EntityPage = SearchPage<object, EntityHit, Answer>;

interface Answer extends Hits<EntityHit> {
  readonly facets: Facets;
}

/** A hit, and where it was searched for. */
interface EntityHit {
  readonly hit: Hit;
  readonly place: Place;
}

/** The types of an entity's searches. */
export interface SearchTypes {
  readonly page: ReturnType<typeof entityPageType>;
  readonly facets: FacetFields | undefined;
}

const known = new Map<EntitySearch, SearchTypes>();

/**
 * The types of an entity's searches, made once for all fields that have them.
 *
 * @throws Error, when the schema is built, for an attribute that can be searched, but is not shown to all who see the type
 */
export function searchTypes(search: EntitySearch): SearchTypes {
  const made = known.get(search);
  if (made) return made;
  const facets = facetFields(search);
  const types = { page: entityPageType(search, facets), facets };
  known.set(search, types);
  return types;
}

/** What a field searches for. */
export interface EntityRequest extends Pick<SearchRequest, 'text' | 'where' | 'order' | 'place'> {
  readonly page: PageArgs;
  /** What the cursors belong to, where the request holds more than was asked for. @defaultValue the request */
  readonly scope?: readonly unknown[];
  /** Where the objects are taken from. @defaultValue TABLE */
  readonly consistency?: 'TABLE' | 'INDEX';
}

/**
 * A page of one entity's hits in the viewer's organization. The caller has checked that the viewer may infer what is
 * restricted of the conditions and the order.
 *
 * @throws BadInputError, BadCursorError, UnavailableError
 */
export function entityPage(
  ctx: Context,
  info: GraphQLResolveInfo,
  search: EntitySearch,
  { page, consistency, scope, ...wanted }: EntityRequest,
): Promise<EntityPage> {
  const { place = {} } = wanted;
  const request: SearchRequest = { org: ctx.viewer.org, now: ctx.clock.now(), ...wanted };
  const selection = searchSelection(info);
  const { facets } = searchTypes(search);
  const asked = facets ? facetsAsked(search, facets, selection.facets, ctx) : [];
  const index = indexOf(search, { ...request, facets: asked.map(({ path }) => path) });
  const served =
    consistency === 'INDEX' ? servedBy(info, search, index, selectedParts(info).nodes, selection) : undefined;
  return searchPage(ctx, info, page, scope ?? [search.entity.name, wanted], {
    async find({ offset, limit, isFirst }, finder) {
      const ofHits = { ...wantedOf(search, selection, served), offset, limit };
      const found = await findHits(finder, search, request, ofHits, isFirst ? asked : []);
      return { ...found, hits: found.hits.map((hit) => ({ hit, place })) };
    },
    load: (hits) =>
      Promise.all(hits.map(({ hit }) => (served ? itemOfHit(ctx, search, hit) : loadHit(ctx, info, search, hit)))),
  });
}

function entityPageType(search: EntitySearch, facets: FacetFields | undefined) {
  const { entity, spec } = search;
  const attributes = builder.entityAttributes(entity);
  const highlights = highlightsType(search);
  const { geo } = spec;
  return pageType<object, EntityHit, Answer>(typeName(entity), builder.entityRef(entity), {
    score: ({ hit }) => hit.score,
    edge: (t) => ({
      ...(highlights
        ? {
            highlights: t.field({
              type: highlights,
              description: 'Its text with what matches marked; null where it has changed since it was indexed.',
              resolve: ({ hit: { hit }, node }) => highlightsOf(hit, node),
            }),
          }
        : {}),
      ...(geo
        ? {
            distanceMeters: t.float({
              nullable: true,
              description: 'Its distance from the middle of `near`, in meters; null without `near`.',
              resolve: ({ hit: { place }, node }) => distanceFrom(place, (node as Located)[geo]),
            }),
          }
        : {}),
    }),
    page(t) {
      // Once all types are known, which is when fields are made.
      for (const name of search.tellsOf) attributes.assertOpen(name);
      return facets
        ? {
            facets: t.field({
              type: facets.type,
              description: 'What all that match have in common, beyond this page.',
              resolve: ({ answer }) => answer.facets,
            }),
          }
        : {};
    },
  });
}

type Located = Readonly<Record<string, Point | undefined>>;

const distanceFrom = ({ near }: Place, point: Point | undefined): number | undefined =>
  near && point && distanceMeters(near.point, point);
