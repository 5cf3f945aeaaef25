import { Office } from '../entities/index.ts';
import { defineSearch } from './define.ts';

/** Offices by name and place, and near a point. */
export const officeSearch = defineSearch(Office, {
  searchable: ['name', 'city', 'state', 'zip', 'street'],
  filterable: ['state', 'zip'],
  sortable: ['name', 'city'],
  facets: ['country', 'city'],
  highlighted: ['name', 'city', 'street'],
  typos: { exact: ['zip'] },
  geo: 'location',
});
