import type { InputRef } from '@pothos/core';
import { readPermission } from '../../auth/policy.ts';
import type { EntitySearch } from '../../search/define.ts';
import { WHAT_COUNTS } from '../../search/encoding.ts';
import { builder } from '../builder.ts';
import type { TextDialect } from '../electrodb/filters.ts';
import { typeName } from '../electrodb/names.ts';
import { entityPage, searchTypes } from './entity-page.ts';
import { type OrderInput, orderIn, orderInput } from './order.ts';
import { type PageArgs, pageArgs } from './page.ts';
import { searched } from './patterns.ts';
import { type PlaceArgs, placeArgs, placeIn } from './place.ts';
import { words } from './words.ts';

/** Text as searches compare it. */
const SEARCH_TEXT: TextDialect = {
  name: 'Text',
  operators: ['eq', 'in', 'not', 'startsWith'],
  note: WHAT_COUNTS,
};

const Consistency = builder.enumType('SearchConsistency', {
  description: 'Where a search takes the objects from that it has found.',
  values: {
    TABLE: { description: 'From the table: each as it is now, and none that is gone.' },
    INDEX: {
      description:
        'From the index where it holds all that is selected of them, as they were when they were indexed; else from the table.',
    },
  } as const,
});

interface SearchArgs extends PageArgs, PlaceArgs {
  readonly query?: string | null;
  readonly filter?: object | null;
  readonly orderBy?: readonly OrderInput[] | null;
  readonly consistency: 'TABLE' | 'INDEX';
}

type QueryFields = Parameters<Parameters<typeof builder.queryFields>[0]>[0];

/**
 * The search of one entity: words, filters, an order, facets, highlights and places, all as its `defineSearch` says.
 *
 * @example
 * searchProjects: searchField(t, projectSearch, { description: 'Projects by words and filters.' })
 */
export function searchField(t: QueryFields, search: EntitySearch, { description }: { readonly description: string }) {
  const { entity, spec } = search;
  const attributes = builder.entityAttributes(entity);
  const order = orderInput(search);
  const filter =
    spec.filterable.length > 0
      ? attributes.filter({ prefix: `${typeName(entity)}Search`, paths: spec.filterable, text: SEARCH_TEXT })
      : undefined;
  return t.field({
    type: searchTypes(search).page,
    nullable: true,
    description,
    authScopes: { may: readPermission(entity.name) },
    extensions: searched({ indexes: search.indexes }),
    args: {
      query: t.arg.string({ description: 'Words to look for, typing errors forgiven; everything when left out.' }),
      ...(filter ? { filter: t.arg({ type: filter as InputRef<object>, description: 'Only these.' }) } : {}),
      ...(order
        ? {
            orderBy: t.arg({
              type: [order],
              description: 'The order, weightiest first; by how well they match when left out.',
            }),
          }
        : {}),
      ...placeArgs(search),
      consistency: t.arg({
        type: Consistency,
        required: true,
        defaultValue: 'TABLE',
        description: 'Where the objects are taken from.',
      }),
      ...pageArgs,
    },
    resolve: (_root, args, ctx, info) => {
      // The arguments are those above, whose names follow from the declaration.
      const { query, filter: given, orderBy, consistency, near, within, ...page } = args as SearchArgs;
      return entityPage(ctx, info, search, {
        text: words(query),
        where: given ? attributes.condition(given, ctx) : undefined,
        order: orderIn(search, orderBy ?? [], ctx),
        place: placeIn({ near, within }),
        consistency,
        page,
      });
    },
  });
}
