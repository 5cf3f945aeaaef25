import { may, readPermission } from '../../auth/policy.ts';
import { SearchTokenDisabledError } from '../../errors.ts';
import { searches } from '../../search/all.ts';
import type { SearchToken } from '../../search/token.ts';
import { builder } from '../builder.ts';
import { SearchType } from './types.ts';

const IndexType = builder.objectRef<SearchToken['indexes'][number]>('SearchTokenIndex').implement({
  description: 'An index that can be searched with a token.',
  fields: (t) => ({
    type: t.field({ type: SearchType, description: 'What its documents are of.', resolve: ({ entity }) => entity }),
    name: t.exposeString('name', { description: 'Its whole name, for `indexName` of InstantSearch.' }),
  }),
});

const TokenType = builder.objectRef<SearchToken>('SearchToken').implement({
  description: 'What a frontend needs to search by itself.',
  fields: (t) => ({
    token: t.exposeString('token', {
      description: "To be used as an API key of Meilisearch; it finds documents of the viewer's organization alone.",
    }),
    host: t.exposeString('host', { description: 'The address of Meilisearch.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Until when the token is good; ask for another one before.',
      resolve: ({ expiresAt }) => expiresAt.toISOString(),
    }),
    indexes: t.expose('indexes', {
      type: [IndexType],
      description: "What can be searched with it: the types that the viewer's role may read.",
    }),
  }),
});

builder.queryField('searchToken', (t) =>
  t.field({
    type: TokenType,
    nullable: true,
    description:
      'A short-lived token to search without the graph, as InstantSearch does. Fails with `SEARCH_TOKEN_DISABLED` where that is off.',
    authScopes: { may: 'search-token:read' },
    resolve: (_root, _args, { viewer, searchTokens }) => {
      if (!searchTokens) throw new SearchTokenDisabledError();
      return searchTokens.issue(
        viewer.org,
        searches.filter(({ entity }) => may(viewer, readPermission(entity.name))),
      );
    },
  }),
);
