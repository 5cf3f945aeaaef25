import { readPermission } from '../auth/policy.ts';
import { Employee, Project, Task } from '../entities/index.ts';
import { createItem, deleteItem, updateItem } from '../entities/write.ts';
import { builder } from './builder.ts';
import { describe, expectedVersion, keyOf, leading, optionalIdOf, Versioned, written } from './common.ts';
import { decodeIdOf } from './electrodb/global-id.ts';
import { loadWithPages } from './electrodb/look-ahead.ts';
import { ProjectStatus, TaskStatus } from './enums.ts';
import { failures } from './errors.ts';
import { toMany } from './relation.ts';
import { connectionOf, typeOf } from './types.ts';

const about = describe(Project);
const ProjectType = typeOf(Project);
const tasks = toMany(Task, 'board', 'project', 'status', 'Project.tasks');

builder.node(ProjectType, {
  description: 'A piece of work with an end, made of tasks.',
  authScopes: { may: readPermission('project') },
  interfaces: [Versioned],
  id: { resolve: ({ project }) => project },
  loadManyWithoutCache: (ids, { reader }) => reader.loadMany(Project, ids),
  fields: (t) => ({
    name: t.exposeString('name', { description: about('name') }),
    description: t.exposeString('description', { nullable: true, description: about('description') }),
    status: t.expose('status', { type: ProjectStatus, description: about('status') }),
    startsOn: t.expose('startsOn', { type: 'Date', nullable: true, description: about('startsOn') }),
    dueOn: t.expose('dueOn', { type: 'Date', nullable: true, description: about('dueOn') }),
    lead: t.field({
      type: typeOf(Employee),
      nullable: true,
      description: about('lead'),
      resolve: ({ lead }, _args, { reader }) => (lead ? reader.load(Employee, lead) : undefined),
    }),
    tasks: t.connection(
      {
        type: typeOf(Task),
        nullable: true,
        description: 'What is to be done, by status.',
        args: { status: t.arg({ type: TaskStatus, description: 'Only this status.' }) },
        extensions: tasks.extensions,
        resolve: ({ project }, args, ctx) => tasks.page(project, args, ctx),
      },
      connectionOf(Task),
    ),
  }),
});

builder.queryFields((t) => ({
  project: t.field({
    type: ProjectType,
    nullable: true,
    description: 'A project, null when there is none of this id.',
    authScopes: { may: readPermission('project') },
    args: { id: t.arg.id({ required: true, description: "The project's id." }) },
    resolve: (_root, { id }, { reader }, info) => loadWithPages(reader, Project, decodeIdOf('Project', id, 'id'), info),
  }),
  projects: t.connection(
    {
      type: ProjectType,
      nullable: true,
      description: 'Projects by status, older ones first.',
      authScopes: { may: 'directory:read' },
      args: { status: t.arg({ type: ProjectStatus, description: 'Only this status.' }) },
      resolve: (_root, { status, ...page }, { reader }) =>
        reader.connection(Project, 'portfolio', leading({ status }, String), page, 'Query.projects'),
    },
    connectionOf(Project),
  ),
}));

const CreateProjectInput = builder.inputType('CreateProjectInput', {
  description: 'A new project.',
  fields: (t) => ({
    name: t.string({ required: true, description: about('name') }),
    description: t.string({ description: about('description') }),
    status: t.field({ type: ProjectStatus, required: true, defaultValue: 'planned', description: about('status') }),
    lead: t.id({ description: about('lead') }),
    startsOn: t.field({ type: 'Date', description: about('startsOn') }),
    dueOn: t.field({ type: 'Date', description: about('dueOn') }),
  }),
});

const UpdateProjectInput = builder.inputType('UpdateProjectInput', {
  description: 'Changes to a project. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The project to change.' }),
    expectedVersion: t.int({ description: expectedVersion }),
    name: t.string({ description: about('name') }),
    description: t.string({ description: `${about('description')} Null removes it.` }),
    status: t.field({ type: ProjectStatus, description: about('status') }),
    lead: t.id({ description: `${about('lead')} Null for nobody.` }),
    startsOn: t.field({ type: 'Date', description: `${about('startsOn')} Null removes it.` }),
    dueOn: t.field({ type: 'Date', description: `${about('dueOn')} Null removes it.` }),
  }),
});

const DeleteProjectInput = builder.inputType('DeleteProjectInput', {
  description: 'A project to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The project to delete.' }),
    expectedVersion: t.int({ description: expectedVersion }),
  }),
});

builder.mutationFields((t) => ({
  createProject: t.field({
    type: ProjectType,
    nullable: true,
    description: 'Adds a project.',
    authScopes: { may: 'projects:write' },
    errors: { types: failures.create },
    args: { input: t.arg({ type: CreateProjectInput, required: true, description: 'The new project.' }) },
    resolve: (_root, { input }, ctx) => {
      const lead = optionalIdOf('Employee', input.lead, 'input.lead');
      return written(ctx, createItem(ctx, Project, ctx.viewer.org, { ...input, lead }));
    },
  }),
  updateProject: t.field({
    type: ProjectType,
    nullable: true,
    description: 'Changes a project.',
    authScopes: { may: 'projects:write' },
    errors: { types: failures.update },
    args: {
      input: t.arg({ type: UpdateProjectInput, required: true, description: 'Which project and what changes.' }),
    },
    resolve: (_root, { input: { id, expectedVersion: version, ...changes } }, ctx) => {
      const lead = optionalIdOf('Employee', changes.lead, 'input.lead');
      return written(ctx, updateItem(ctx, Project, keyOf(ctx, Project, id), { ...changes, lead }, version));
    },
  }),
  deleteProject: t.field({
    type: ProjectType,
    nullable: true,
    description: 'Deletes a project that has no tasks any more.',
    authScopes: { may: 'projects:write' },
    errors: { types: failures.remove },
    args: { input: t.arg({ type: DeleteProjectInput, required: true, description: 'Which project.' }) },
    resolve: (_root, { input }, ctx) =>
      written(ctx, deleteItem(ctx, Project, keyOf(ctx, Project, input.id), input.expectedVersion)),
  }),
}));
