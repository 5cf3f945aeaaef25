import { Project, Task } from '../entities/index.ts';
import { projectSearch } from '../search/index.ts';
import { builder } from './builder.ts';
import { searchField } from './search/field.ts';

builder.entity(Project, {
  fields: (t) => ({
    tasks: t.toMany(Task, 'board', { by: ['status', 'employee'], description: 'What is to be done, by status.' }),
  }),
});

builder.queryFields((t) => ({
  project: t.byId(Project),
  projects: t.list(Project, 'portfolio', { by: ['status'], description: 'Projects by status, older ones first.' }),
  searchProjects: searchField(t, projectSearch, { description: 'Projects by words and filters.' }),
}));

const authScopes = { may: 'projects:write' } as const;

builder.mutationFields((t) => ({
  createProject: t.create(Project, { authScopes }),
  updateProject: t.update(Project, { authScopes }),
  deleteProject: t.delete(Project, { description: 'Deletes a project that has no tasks any more.', authScopes }),
}));
