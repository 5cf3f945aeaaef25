import { Task } from '../entities/index.ts';
import { defineSearch } from './define.ts';

/** Tasks by title and description, those that are due soonest first among equals. */
export const taskSearch = defineSearch(Task, {
  searchable: ['title', 'description'],
  filterable: ['title', 'completedAt'],
  sortable: ['title', 'dueOn', 'points', 'completedAt'],
  facets: ['status', 'priority', 'project', 'employee', 'dueOn', 'points'],
  highlighted: ['title'],
  cropped: { description: 30 },
  stopWords: ['of', 'the'],
  ranking: ['dueOn:asc'],
});
