import { readPermission } from '../auth/policy.ts';
import { Employee, Project, Task } from '../entities/index.ts';
import { createItem, deleteItem, updateItem } from '../entities/write.ts';
import { BadInputError } from '../errors.ts';
import { builder } from './builder.ts';
import { describe, expectedVersion, keyOf, optionalIdOf, Versioned, written } from './common.ts';
import { decodeIdOf } from './electrodb/global-id.ts';
import { TaskPriority, TaskStatus } from './enums.ts';
import { failures } from './errors.ts';
import { typeOf } from './types.ts';

const about = describe(Task);
const TaskType = typeOf(Task);

builder.node(TaskType, {
  description: 'A piece of a project that one employee can do.',
  authScopes: { may: readPermission('task') },
  interfaces: [Versioned],
  id: { resolve: ({ task }) => task },
  loadManyWithoutCache: (ids, { reader }) => reader.loadMany(Task, ids),
  fields: (t) => ({
    title: t.exposeString('title', { description: about('title') }),
    description: t.exposeString('description', { nullable: true, description: about('description') }),
    status: t.expose('status', { type: TaskStatus, description: about('status') }),
    priority: t.expose('priority', { type: TaskPriority, description: about('priority') }),
    points: t.exposeInt('points', { nullable: true, description: about('points') }),
    dueOn: t.expose('dueOn', { type: 'Date', nullable: true, description: about('dueOn') }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true, description: about('completedAt') }),
    project: t.field({
      type: typeOf(Project),
      nullable: true,
      description: about('project'),
      resolve: ({ project }, _args, { reader }) => reader.load(Project, project),
    }),
    employee: t.field({
      type: typeOf(Employee),
      nullable: true,
      description: about('employee'),
      resolve: ({ employee }, _args, { reader }) => (employee ? reader.load(Employee, employee) : undefined),
    }),
  }),
});

builder.queryField('task', (t) =>
  t.field({
    type: TaskType,
    nullable: true,
    description: 'A task, null when there is none of this id.',
    authScopes: { may: readPermission('task') },
    args: { id: t.arg.id({ required: true, description: "The task's id." }) },
    resolve: (_root, { id }, { reader }) => reader.load(Task, decodeIdOf('Task', id, 'id')),
  }),
);

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A new task.',
  fields: (t) => ({
    project: t.id({ required: true, description: about('project') }),
    title: t.string({ required: true, description: about('title') }),
    description: t.string({ description: about('description') }),
    employee: t.id({ description: about('employee') }),
    priority: t.field({ type: TaskPriority, required: true, defaultValue: 'normal', description: about('priority') }),
    points: t.int({ description: about('points') }),
    dueOn: t.field({ type: 'Date', description: about('dueOn') }),
  }),
});

const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  description: 'Changes to a task. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The task to change.' }),
    expectedVersion: t.int({ description: expectedVersion }),
    title: t.string({ description: about('title') }),
    description: t.string({ description: `${about('description')} Null removes it.` }),
    status: t.field({ type: TaskStatus, description: `${about('status')} Use completeTask for DONE.` }),
    priority: t.field({ type: TaskPriority, description: about('priority') }),
    points: t.int({ description: `${about('points')} Null removes it.` }),
    dueOn: t.field({ type: 'Date', description: `${about('dueOn')} Null removes it.` }),
  }),
});

const AssignTaskInput = builder.inputType('AssignTaskInput', {
  description: 'Who is to do a task.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The task.' }),
    expectedVersion: t.int({ description: expectedVersion }),
    employee: t.id({ description: `${about('employee')} Null for nobody.` }),
  }),
});

const TaskInput = builder.inputType('TaskInput', {
  description: 'A task to complete or delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The task.' }),
    expectedVersion: t.int({ description: expectedVersion }),
  }),
});

builder.mutationFields((t) => ({
  createTask: t.field({
    type: TaskType,
    nullable: true,
    description: 'Adds a task to a project. It starts as OPEN.',
    authScopes: { may: 'tasks:write' },
    errors: { types: failures.create },
    args: { input: t.arg({ type: CreateTaskInput, required: true, description: 'The new task.' }) },
    resolve: (_root, { input }, ctx) => {
      const project = decodeIdOf('Project', input.project, 'input.project');
      const employee = optionalIdOf('Employee', input.employee, 'input.employee');
      return written(ctx, createItem(ctx, Task, ctx.viewer.org, { ...input, project, employee, status: 'open' }));
    },
  }),
  updateTask: t.field({
    type: TaskType,
    nullable: true,
    description: 'Changes a task.',
    authScopes: { may: 'tasks:write' },
    errors: { types: failures.update },
    args: { input: t.arg({ type: UpdateTaskInput, required: true, description: 'Which task and what changes.' }) },
    resolve: (_root, { input: { id, expectedVersion: version, ...changes } }, ctx) => {
      const { status } = changes;
      // A task has a time of completion exactly when it is done.
      const completedAt = status === 'done' ? ctx.clock.now().toISOString() : null;
      const complete = (task: Task) => (status && status !== task.status ? { ...changes, completedAt } : changes);
      return written(ctx, updateItem(ctx, Task, keyOf(ctx, Task, id), status ? complete : changes, version));
    },
  }),
  assignTask: t.field({
    type: TaskType,
    nullable: true,
    description: 'Gives a task to an employee, or to nobody.',
    authScopes: { may: 'tasks:write' },
    errors: { types: failures.update },
    args: { input: t.arg({ type: AssignTaskInput, required: true, description: 'Which task and whose.' }) },
    resolve: (_root, { input }, ctx) => {
      const employee = optionalIdOf('Employee', input.employee, 'input.employee');
      if (employee === undefined)
        throw new BadInputError('input.employee', 'is missing; give an employee, or null for nobody');
      return written(ctx, updateItem(ctx, Task, keyOf(ctx, Task, input.id), { employee }, input.expectedVersion));
    },
  }),
  completeTask: t.field({
    type: TaskType,
    nullable: true,
    description: 'Marks a task as done.',
    authScopes: { may: 'tasks:write' },
    errors: { types: failures.update },
    args: { input: t.arg({ type: TaskInput, required: true, description: 'Which task.' }) },
    resolve: (_root, { input }, ctx) => {
      const done = { status: 'done', completedAt: ctx.clock.now().toISOString() } as const;
      // A task that is done already keeps the time of its completion.
      const changes = ({ status }: Task) => (status === 'done' ? {} : done);
      return written(ctx, updateItem(ctx, Task, keyOf(ctx, Task, input.id), changes, input.expectedVersion));
    },
  }),
  deleteTask: t.field({
    type: TaskType,
    nullable: true,
    description: 'Deletes a task.',
    authScopes: { may: 'tasks:write' },
    errors: { types: failures.remove },
    args: { input: t.arg({ type: TaskInput, required: true, description: 'Which task.' }) },
    resolve: (_root, { input }, ctx) =>
      written(ctx, deleteItem(ctx, Task, keyOf(ctx, Task, input.id), input.expectedVersion)),
  }),
}));
