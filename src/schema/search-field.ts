import type { InputRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { readPermission } from '../auth/policy.ts';
import type { AnyEntity } from '../entities/core/model.ts';
import { Office } from '../entities/index.ts';
import { BadInputError } from '../errors.ts';
import type { EntitySearch } from '../search/define.ts';
import { type Condition, indexQuery, itemIdOf, type Near } from '../search/query.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { loadWithPages, selectedParts } from './electrodb/look-ahead.ts';
import { typeName } from './electrodb/names.ts';
import { decodeValue } from './electrodb/values.ts';
import { offsetPage, pageType, type SearchPageArgs, searchArgs } from './offset-page.ts';
import { SEARCHED } from './search-patterns.ts';

/** A filter of a search that is more than the equality of an attribute. */
export interface SearchFilter<T> {
  readonly type: InputRef<T> | 'String';
  readonly description: string;
  /** @throws ForbiddenError when the viewer may not filter by it */
  readonly where: (value: T, context: Context) => readonly Condition[];
}

/** Any {@link SearchFilter}: its own type ties what it is called with. */
type AnySearchFilter = Omit<SearchFilter<unknown>, 'where'> & Pick<SearchFilter<never>, 'where'>;

/** What a search takes beside words, equality of filterable attributes, and a place where it has one. */
export interface SearchFieldOptions {
  readonly description: string;
  readonly filters?: Readonly<Record<string, AnySearchFilter>>;
}

type QueryFields = Parameters<Parameters<typeof builder.queryFields>[0]>[0];

/**
 * The search of one entity: words, filters on what its index can filter by, and near a place where it has one.
 *
 * @example
 * searchProjects: searchField(t, projectSearch, Project, { description: 'Projects by words and filters.' })
 */
export function searchField<T extends object>(
  t: QueryFields,
  search: EntitySearch,
  entity: AnyEntity<T>,
  { description, filters = {} }: SearchFieldOptions,
) {
  const name = typeName(entity);
  const attributes = search.filterable.filter((attribute) => !(attribute in filters));
  const hasFilter = attributes.length > 0 || Object.keys(filters).length > 0;
  return t.field({
    type: pageType(name, builder.entityRef(entity)),
    nullable: true,
    description,
    authScopes: { may: readPermission(entity.name) },
    extensions: { [SEARCHED]: search.indexes.map((index) => index.name) },
    args: {
      query: t.arg.string({
        description: 'Words to look for, typing errors forgiven; everything when left out.',
      }),
      ...(hasFilter
        ? { filter: t.arg({ type: filterType(name, entity, attributes, filters), description: 'Only these.' }) }
        : {}),
      ...(search.geo
        ? { near: t.arg({ type: NearInput, description: 'Only around this place, nearest first.' }) }
        : {}),
      ...searchArgs,
    },
    resolve: (_root, args, ctx, info) => {
      // The arguments are those above, whose names follow from the declaration.
      const { query, filter, near, ...page } = args as SearchArgs;
      const wanted = {
        text: words(query),
        where: [...equalities(entity, attributes, filter ?? {}), ...special(filters, filter ?? {}, ctx)],
        near: near && aroundPoint(near),
      };
      return offsetPage(ctx, info, page, [entity.name, wanted], {
        async find(offset, limit, finder) {
          const request = { org: ctx.viewer.org, now: ctx.clock.now(), ...wanted, offset, limit };
          const [found] = await finder.query([indexQuery(search, request)]);
          return { hits: found?.ids ?? [], total: found?.total ?? 0 };
        },
        load: (hits) => Promise.all(hits.map((hit) => loadHit(ctx, info, entity, hit))),
      });
    },
  });
}

interface SearchArgs extends SearchPageArgs {
  readonly query?: string | null;
  readonly filter?: Readonly<Record<string, unknown>> | null;
  readonly near?: typeof NearInput.$inferInput | null;
}

function filterType(
  name: string,
  entity: AnyEntity,
  attributes: readonly string[],
  filters: Readonly<Record<string, AnySearchFilter>>,
) {
  return builder.inputType(`${name}SearchFilter`, {
    description: `Which ${name} objects; all that is given must hold.`,
    fields: (t) => ({
      ...Object.fromEntries(
        attributes.map((attribute) => [
          attribute,
          t.field({
            type: builder.attributeInput(entity as AnyEntity, attribute as never),
            description: `Only this \`${attribute}\`.`,
          }),
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(filters).map(([filter, { type, description }]) => [filter, t.field({ type, description })]),
      ),
    }),
  });
}

const equalities = (
  entity: AnyEntity,
  attributes: readonly string[],
  filter: Readonly<Record<string, unknown>>,
): Condition[] =>
  attributes.flatMap((path) => {
    const attribute = entity.attributes[path];
    const value = filter[path];
    if (!attribute || value === null || value === undefined) return [];
    return [{ path, equals: decodeValue(attribute, value, `filter.${path}`) as string }];
  });

const special = (
  filters: Readonly<Record<string, AnySearchFilter>>,
  given: Readonly<Record<string, unknown>>,
  ctx: Context,
): Condition[] =>
  Object.entries(filters).flatMap(([name, { where }]) => {
    const value = given[name];
    return value === null || value === undefined ? [] : where(value as never, ctx);
  });

/** The item of a document id, with what is selected of it; undefined when it is gone or another organization's. */
export async function loadHit<T extends object>(
  ctx: Context,
  info: GraphQLResolveInfo,
  entity: AnyEntity<T>,
  documentId: string,
): Promise<T | undefined> {
  const id = itemIdOf(documentId, ctx.viewer.org);
  return id === undefined ? undefined : loadWithPages(ctx, entity, id, info, ctx, selectedParts(info).nodes);
}

/** Words to look for as Meilisearch takes them. @throws BadInputError */
export function words(query: string | null | undefined): string | null | undefined {
  if (query?.isWellFormed() === false)
    throw new BadInputError('query', 'holds half of a surrogate pair; send valid Unicode');
  return query;
}

const NearInput = builder.inputType('NearInput', {
  description: 'A place to search around.',
  fields: (t) => ({
    point: t.field({ type: builder.attributeInput(Office, 'location'), required: true, description: 'The middle.' }),
    withinMeters: t.int({ required: true, defaultValue: 50_000, description: 'The distance, 1 to 20,000,000 meters.' }),
  }),
});

function aroundPoint({ point: { lat, lng }, withinMeters }: typeof NearInput.$inferInput): Near {
  if (Math.abs(lat) > 90) throw new BadInputError('near.point.lat', `is ${lat}; give degrees from -90 to 90`);
  if (Math.abs(lng) > 180) throw new BadInputError('near.point.lng', `is ${lng}; give degrees from -180 to 180`);
  if (withinMeters < 1 || withinMeters > 20_000_000) {
    throw new BadInputError('near.withinMeters', `is ${withinMeters}; give 1 to 20000000 meters`);
  }
  return { lat, lng, withinMeters };
}
