import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import type { Plugin } from 'graphql-yoga';
import type { Doors } from '../doors.ts';
import { createTrustedDocuments } from '../schema/trusted-documents.ts';
import type { Services } from '../services.ts';
import { refusal } from './refusal.ts';

/**
 * Runs registered documents by their ids, and no others where that is so configured. docs/persisted-operations.md says
 * how frontends register and send them.
 */
export function useTrustedDocuments(
  { table, clock }: Pick<Services, 'table' | 'clock'>,
  { operations }: Pick<Doors, 'operations'>,
): Plugin {
  const find = createTrustedDocuments(table, clock);
  return usePersistedOperations({
    getPersistedOperation: async (id) => (await find(id)) ?? null,
    allowArbitraryOperations: operations === 'any',
    customErrors: {
      notFound: () =>
        refusal(
          'DOCUMENT_NOT_REGISTERED',
          'extensions.persistedQuery.sha256Hash is the id of no registered document; register the documents before they are used',
        ),
      keyNotFound: () =>
        refusal(
          'DOCUMENT_REQUIRED',
          operations === 'any'
            ? 'there is neither a query nor extensions.persistedQuery.sha256Hash; send one of them'
            : 'there is no extensions.persistedQuery.sha256Hash; send the id of a registered document',
        ),
      persistedQueryOnly: () =>
        refusal(
          'REGISTERED_DOCUMENTS_ONLY',
          'only registered documents are run here; register this one, and send its id as extensions.persistedQuery.sha256Hash',
        ),
    },
  });
}
