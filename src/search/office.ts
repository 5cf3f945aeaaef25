import { Office } from '../entities/index.ts';
import { defineSearch } from './define.ts';

/** Offices by name and place, and near a point. */
export const officeSearch = defineSearch(Office, {
  searchable: ['name', 'city', 'state', 'zip', 'street'],
  filterable: ['country'],
  sortable: ['name'],
  geo: 'location',
});
