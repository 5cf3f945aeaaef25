import { Project } from '../entities/index.ts';
import { defineSearch } from './define.ts';

/** Projects by name and description. */
export const projectSearch = defineSearch(Project, {
  searchable: ['name', 'description'],
  filterable: ['status', 'lead'],
  sortable: ['name', 'dueOn'],
});
