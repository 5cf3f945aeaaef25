import { Project } from '../entities/index.ts';
import { defineSearch } from './define.ts';

/** Projects by name and description. */
export const projectSearch = defineSearch(Project, {
  searchable: ['name', 'description'],
  filterable: ['name', 'startsOn', 'dueOn'],
  sortable: ['name', 'startsOn', 'dueOn'],
  facets: ['status', 'lead', 'dueOn'],
  highlighted: ['name'],
  cropped: { description: 30 },
});
