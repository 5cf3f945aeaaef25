import { may, mayReadPay, openTo, PAY_READERS } from '../auth/policy.ts';
import { Employee, Task } from '../entities/index.ts';
import { employeeSearch } from '../search/index.ts';
import { builder } from './builder.ts';
import { searchField } from './search/field.ts';

builder.entity(Employee, {
  restricted: {
    // By the operation's own reader: a level of managers is one BatchGet for all employees that are shown.
    read: (employee, { viewer, reader }) => mayReadPay(viewer, employee, (id) => reader.load(Employee, id)),
    // Searches, filters and facets tell of everybody at once, and stay with those whose work needs them.
    filter: ({ viewer }) => may(viewer, 'pay:read'),
    description: PAY_READERS,
    whoMayFilter: openTo('pay:read'),
  },
  fields: (t) => ({
    office: t.toOne('office', { guaranteed: true }),
    manager: t.toOne('manager', { guaranteed: true }),
    reports: t.toMany(Employee, 'reports', {
      by: ['team', 'office'],
      description: 'Those who report to them directly, by team.',
    }),
    tasks: t.toMany(Task, 'assignments', {
      by: ['status', 'project'],
      description: 'What they have to do, by status.',
    }),
  }),
});

builder.queryFields((t) => ({
  employee: t.byId(Employee),
  searchEmployees: searchField(t, employeeSearch, {
    description: 'Employees by words and filters.',
  }),
}));

const authScopes = { may: 'employees:write' } as const;
const PLACE = ['office', 'team', 'manager'] as const;

builder.mutationFields((t) => ({
  hireEmployee: t.create(Employee, { authScopes }),
  updateEmployee: t.update(Employee, {
    except: PLACE,
    description: 'Changes what is known of an employee.',
    authScopes,
  }),
  transferEmployee: t.update(Employee, {
    only: PLACE,
    description: 'Moves an employee to another office, team or manager.',
    authScopes,
  }),
  dismissEmployee: t.delete(Employee, {
    description: 'Deletes an employee to whom nobody reports and no task is assigned any more.',
    authScopes,
  }),
}));
