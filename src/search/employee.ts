import { slug } from '../entities/core/keys.ts';
import { Employee } from '../entities/index.ts';
import { defineSearch, monthDay } from './define.ts';

/** Employees by name, title and team; pay and birthdays for those who may read them. */
export const employeeSearch = defineSearch(Employee, {
  searchable: ['lastName', 'firstName', 'title', 'email', 'team'],
  filterable: ['team', 'office', 'hiredOn', 'salary.amount', 'salary.currency'],
  sortable: ['lastName', 'firstName', 'hiredOn', 'salary.amount'],
  derived: {
    // Equal titles have equal slugs, and those are short enough to filter by in any script.
    titleSlug: { from: 'title', value: slug },
    birthMonthDay: { from: 'birthday', value: monthDay },
    hireMonthDay: { from: 'hiredOn', value: monthDay },
  },
});
