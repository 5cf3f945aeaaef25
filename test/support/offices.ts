import type { TableKey } from '../../src/entities/core/statements.ts';
import { createItem, updateItem } from '../../src/entities/core/write.ts';
import { Office } from '../../src/entities/index.ts';
import { officeSearch } from '../../src/search/index.ts';
import { documentsIn } from './index-equality.ts';
import type { TestRoster } from './roster.ts';

/** What an office has beside its name. */
export const PLACE = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };

/**
 * Offices of one organization, written to the table alone.
 *
 * @param roster the one that a test file starts before its tests
 */
export const officesOf = (roster: () => TestRoster, org: string) => ({
  create: async (name: string) => (await createItem(roster().services, Office, org, { ...PLACE, name })).office,
  rename: (id: string, name: string) => updateItem(roster().services, Office, { org, id }, { name }),
  keyOf: (id: string): TableKey => Office.key(org, id),
  /** The name that the index has; undefined when it has no such office. */
  indexed: async (id: string) => (await documentsIn(roster(), officeSearch.open))[`${org}_${id}`]?.['name'],
});
