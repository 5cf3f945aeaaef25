import type { Viewer } from '../auth/viewer.ts';
import { entities } from '../entities/index.ts';
import type { Services } from '../services.ts';
import type { Cursors } from './electrodb/cursor.ts';
import { Reader } from './electrodb/reader.ts';

/** What resolvers work with; made anew for every operation. */
export interface Context extends Pick<Services, 'table' | 'search' | 'clock' | 'ids'> {
  readonly viewer: Viewer;
  readonly reader: Reader;
  readonly cursors: Cursors;
}

/** The context of one operation. */
export function createContext(services: Services, cursors: Cursors, viewer: Viewer): Context {
  const { config, table, search, clock, ids } = services;
  const { workBudgetRows } = config;
  return {
    table,
    search,
    clock,
    ids,
    viewer,
    cursors,
    reader: new Reader({ table, clock, cursors, org: viewer.org, workBudgetRows, entities }),
  };
}
