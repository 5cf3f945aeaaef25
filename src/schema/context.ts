import { may, openTo, type Permission } from '../auth/policy.ts';
import type { Viewer } from '../auth/viewer.ts';
import { entities } from '../entities/all.ts';
import type { WriteServices } from '../entities/core/write.ts';
import { SearchesAfterWrites } from '../search/after-write.ts';
import type { ApiServices } from '../services.ts';
import type { Cursors } from './electrodb/cursor.ts';
import { Reader } from './electrodb/reader.ts';
import { Writer } from './electrodb/writer.ts';

/** What resolvers work with; made anew for every operation. */
export interface Context extends Pick<ApiServices, 'search' | 'searchTokens'>, WriteServices {
  readonly viewer: Viewer;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly cursors: Cursors;
  /** Searches that wait for a write. */
  readonly searches: SearchesAfterWrites;
  /** Whether the viewer may see a field or type of these options, as far as `authScopes` say. */
  readonly mayRead: (options: { readonly authScopes?: unknown }) => boolean;
  /** Who may, for the message to those who may not. */
  readonly whoMayRead: (options: { readonly authScopes?: unknown }) => string | undefined;
}

/** The context of one operation. */
export function createContext(services: ApiServices, cursors: Cursors, viewer: Viewer): Context {
  const { config, table, search, searchTokens, clock, ids } = services;
  const { workBudgetRows } = config;
  const reader = new Reader({ table, clock, cursors, org: viewer.org, workBudgetRows, entities });
  return {
    entities,
    table,
    search,
    searchTokens,
    clock,
    ids,
    viewer,
    cursors,
    searches: new SearchesAfterWrites({ search, table, clock, ...config.search }),
    reader,
    mayRead: ({ authScopes = {} }) =>
      Object.entries(authScopes as Readonly<Record<string, Permission>>).every(
        ([scope, value]) => scope === 'may' && may(viewer, value),
      ),
    whoMayRead: ({ authScopes = {} }) => {
      const { may: permission } = authScopes as { readonly may?: Permission };
      return permission && openTo(permission);
    },
    writer: new Writer({ table, clock, ids, entities }, reader, viewer.org),
  };
}
