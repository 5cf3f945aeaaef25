import { Task } from '../entities/index.ts';
import { defineSearch } from './define.ts';

/** Tasks by title and description. */
export const taskSearch = defineSearch(Task, {
  searchable: ['title', 'description'],
  filterable: ['status', 'priority', 'project', 'employee'],
  sortable: ['dueOn'],
});
