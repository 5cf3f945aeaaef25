import { Employee } from '../entities/index.ts';
import { defineSearch } from './define.ts';
import { monthDay } from './encoding.ts';

/** Employees by name, title and team; pay and birthdays for those who may read them. */
export const employeeSearch = defineSearch(Employee, {
  searchable: ['lastName', 'firstName', 'title', 'email', 'team'],
  filterable: ['hiredOn', 'birthday', 'salary.amount', 'salary.currency'],
  sortable: ['lastName', 'firstName', 'title', 'hiredOn', 'salary.amount'],
  facets: ['team', 'office', 'title', 'hiredOn', 'salary.amount', 'salary.currency'],
  highlighted: ['lastName', 'firstName', 'title', 'email'],
  typos: { exact: ['email'] },
  synonyms: { dev: ['developer'], developer: ['engineer'], hr: ['people'], qa: ['quality'] },
  derived: {
    birthMonthDay: { from: 'birthday', value: monthDay },
    hireMonthDay: { from: 'hiredOn', value: monthDay },
  },
});
