import { Task } from '../entities/index.ts';
import { BadInputError } from '../errors.ts';
import { taskSearch } from '../search/index.ts';
import { builder } from './builder.ts';
import { searchField } from './search/field.ts';

builder.entity(Task, {
  fields: (t) => ({
    project: t.toOne('project', { guaranteed: true }),
    employee: t.toOne('employee', { guaranteed: true }),
  }),
});

builder.queryFields((t) => ({
  task: t.byId(Task),
  searchTasks: searchField(t, taskSearch, { description: 'Tasks by words and filters.' }),
}));

const authScopes = { may: 'tasks:write' } as const;

builder.mutationFields((t) => ({
  createTask: t.create(Task, {
    except: ['status', 'completedAt'],
    description: 'Adds a task to a project. It starts as OPEN.',
    authScopes,
  }),
  updateTask: t.update(Task, {
    except: ['project', 'employee', 'completedAt'],
    authScopes,
    // A task has a time of completion exactly when it is done.
    changes: (given, { clock }) => {
      if (!given.status) return given;
      const completedAt = given.status === 'done' ? clock.now().toISOString() : null;
      return ({ status }) => (given.status === status ? given : { ...given, completedAt });
    },
  }),
  assignTask: t.update(Task, {
    only: ['employee'],
    description: 'Gives a task to an employee, or to nobody.',
    authScopes,
    changes: (given) => {
      if (given.employee === undefined)
        throw new BadInputError('input.employee', 'is missing; give an employee, or null for nobody');
      return given;
    },
  }),
  completeTask: t.update(Task, {
    only: [],
    description: 'Marks a task as done.',
    authScopes,
    // A task that is done already keeps the time of its completion.
    changes: (_given, { clock }) => {
      const done = { status: 'done', completedAt: clock.now().toISOString() } as const;
      return ({ status }) => (status === 'done' ? {} : done);
    },
  }),
  deleteTask: t.delete(Task, { authScopes }),
}));
