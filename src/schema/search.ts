import { constantCase } from '../entities/core/enumeration.ts';
import { searches } from '../search/all.ts';
import { indexQuery, openIndexes } from '../search/query.ts';
import { builder } from './builder.ts';
import { typeName } from './electrodb/names.ts';
import { offsetPage, pageType, searchArgs } from './offset-page.ts';
import { loadHit, words } from './search-field.ts';
import { SEARCHED } from './search-patterns.ts';

const SearchResult = builder.unionType('SearchResult', {
  description: 'Anything that can be found.',
  types: searches.map(({ entity }) => builder.entityRef(entity)),
  resolveType: (item, { reader }) => {
    const entity = reader.entityOf(item);
    return entity && typeName(entity);
  },
});

/** What can be searched; its values are names of entities. */
export const SearchType = builder.enumType('SearchType', {
  description: 'What can be searched.',
  values: Object.fromEntries(searches.map(({ entity: { name } }) => [constantCase(name), { value: name }])),
});

builder.queryField('search', (t) =>
  t.field({
    type: pageType('Any', SearchResult),
    nullable: true,
    description: 'Everything by words, in one ranking.',
    authScopes: { may: 'directory:read' },
    extensions: { [SEARCHED]: searches.map(({ open }) => open.name) },
    args: {
      query: t.arg.string({ required: true, description: 'Words to look for, typing errors forgiven.' }),
      types: t.arg({ type: [SearchType], description: 'Only these types; all when left out.' }),
      ...searchArgs,
    },
    resolve: (_root, { query, types, ...page }, ctx, info) => {
      const chosen = searches.filter(({ entity }) => !types || types.includes(entity.name));
      const byIndex = openIndexes(chosen);
      return offsetPage(ctx, info, page, ['search', query, types], {
        async find(offset, limit, finder) {
          const request = { org: ctx.viewer.org, now: ctx.clock.now(), text: words(query) };
          const queries = chosen.map((search) => indexQuery(search, request));
          return queries.length > 0 ? finder.federate(queries, { offset, limit }) : { hits: [], total: 0 };
        },
        load: (hits) =>
          Promise.all(
            hits.map(({ id, index }) => {
              const entity = byIndex.get(index)?.entity;
              return entity && loadHit(ctx, info, entity, id);
            }),
          ),
      });
    },
  }),
);
