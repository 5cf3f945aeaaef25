import { mayReadPay, readPermission } from '../auth/policy.ts';
import { Employee, Office, Task } from '../entities/index.ts';
import { createItem, deleteItem, updateItem } from '../entities/write.ts';
import { EmailTakenError } from '../errors.ts';
import { builder } from './builder.ts';
import { describe, expectedVersion, keyOf, optionalIdOf, Versioned, written } from './common.ts';
import { decodeIdOf } from './electrodb/global-id.ts';
import { loadWithPages } from './electrodb/look-ahead.ts';
import { TaskStatus, Team } from './enums.ts';
import { failures } from './errors.ts';
import { toMany } from './relation.ts';
import { connectionOf, typeOf } from './types.ts';

const about = describe(Employee);
const EmployeeType = typeOf(Employee);
const reports = toMany(Employee, 'reports', 'manager', 'team', 'Employee.reports');
const tasks = toMany(Task, 'assignments', 'employee', 'status', 'Employee.tasks');
const money = Employee.attributes.salary.properties;

const Money = builder.objectRef<{ readonly amount: number; readonly currency: string }>('Money').implement({
  description: 'An amount of money.',
  fields: (t) => ({
    amount: t.expose('amount', { type: 'SafeInt', description: money.amount.description }),
    currency: t.expose('currency', { type: 'CurrencyCode', description: money.currency.description }),
  }),
});

const MoneyInput = builder.inputType('MoneyInput', {
  description: 'An amount of money.',
  fields: (t) => ({
    amount: t.field({ type: 'SafeInt', required: true, description: money.amount.description }),
    currency: t.field({ type: 'CurrencyCode', required: true, description: money.currency.description }),
  }),
});

builder.node(EmployeeType, {
  description: 'A person who works for the organization.',
  authScopes: { may: readPermission('employee') },
  interfaces: [Versioned],
  id: { resolve: ({ employee }) => employee },
  loadManyWithoutCache: (ids, { reader }) => reader.loadMany(Employee, ids),
  fields: (t) => ({
    firstName: t.exposeString('firstName', { description: about('firstName') }),
    lastName: t.exposeString('lastName', { description: about('lastName') }),
    email: t.exposeString('email', { description: about('email') }),
    title: t.exposeString('title', { description: about('title') }),
    team: t.expose('team', { type: Team, description: about('team') }),
    hiredOn: t.expose('hiredOn', { type: 'Date', description: about('hiredOn') }),
    birthday: t.expose('birthday', {
      type: 'Date',
      nullable: true,
      description: `${about('birthday')} For HR and ADMIN, and for everybody their own.`,
      authScopes: ({ employee }, _args, { viewer }) => mayReadPay(viewer, employee),
    }),
    salary: t.expose('salary', {
      type: Money,
      nullable: true,
      description: `${about('salary')} For HR and ADMIN, and for everybody their own.`,
      authScopes: ({ employee }, _args, { viewer }) => mayReadPay(viewer, employee),
    }),
    office: t.field({
      type: typeOf(Office),
      nullable: true,
      description: about('office'),
      resolve: ({ office }, _args, { reader }) => reader.load(Office, office),
    }),
    manager: t.field({
      type: EmployeeType,
      nullable: true,
      description: about('manager'),
      resolve: ({ manager }, _args, { reader }) => (manager ? reader.load(Employee, manager) : undefined),
    }),
    reports: t.connection(
      {
        type: EmployeeType,
        nullable: true,
        description: 'Those who report to them directly, by team.',
        args: { team: t.arg({ type: Team, description: 'Only this team.' }) },
        extensions: reports.extensions,
        resolve: ({ employee }, args, ctx) => reports.page(employee, args, ctx),
      },
      connectionOf(Employee),
    ),
    tasks: t.connection(
      {
        type: typeOf(Task),
        nullable: true,
        description: 'What they have to do, by status.',
        args: { status: t.arg({ type: TaskStatus, description: 'Only this status.' }) },
        extensions: tasks.extensions,
        resolve: ({ employee }, args, ctx) => tasks.page(employee, args, ctx),
      },
      connectionOf(Task),
    ),
  }),
});

builder.queryField('employee', (t) =>
  t.field({
    type: EmployeeType,
    nullable: true,
    description: 'An employee, null when there is none of this id.',
    authScopes: { may: readPermission('employee') },
    args: { id: t.arg.id({ required: true, description: "The employee's id." }) },
    resolve: (_root, { id }, { reader }, info) =>
      loadWithPages(reader, Employee, decodeIdOf('Employee', id, 'id'), info),
  }),
);

const HireEmployeeInput = builder.inputType('HireEmployeeInput', {
  description: 'A new employee.',
  fields: (t) => ({
    firstName: t.string({ required: true, description: about('firstName') }),
    lastName: t.string({ required: true, description: about('lastName') }),
    email: t.string({ required: true, description: about('email') }),
    title: t.string({ required: true, description: about('title') }),
    team: t.field({ type: Team, required: true, description: about('team') }),
    office: t.id({ required: true, description: about('office') }),
    manager: t.id({ description: about('manager') }),
    hiredOn: t.field({ type: 'Date', required: true, description: about('hiredOn') }),
    birthday: t.field({ type: 'Date', description: about('birthday') }),
    salary: t.field({ type: MoneyInput, description: about('salary') }),
  }),
});

const UpdateEmployeeInput = builder.inputType('UpdateEmployeeInput', {
  description: 'Changes to an employee. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The employee to change.' }),
    expectedVersion: t.int({ description: expectedVersion }),
    firstName: t.string({ description: about('firstName') }),
    lastName: t.string({ description: about('lastName') }),
    email: t.string({ description: about('email') }),
    title: t.string({ description: about('title') }),
    hiredOn: t.field({ type: 'Date', description: about('hiredOn') }),
    birthday: t.field({ type: 'Date', description: `${about('birthday')} Null removes it.` }),
    salary: t.field({ type: MoneyInput, description: `${about('salary')} Null removes it.` }),
  }),
});

const TransferEmployeeInput = builder.inputType('TransferEmployeeInput', {
  description: 'Where an employee goes. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The employee to transfer.' }),
    expectedVersion: t.int({ description: expectedVersion }),
    office: t.id({ description: about('office') }),
    team: t.field({ type: Team, description: about('team') }),
    manager: t.id({ description: `${about('manager')} Null for nobody.` }),
  }),
});

const DismissEmployeeInput = builder.inputType('DismissEmployeeInput', {
  description: 'An employee to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The employee to delete.' }),
    expectedVersion: t.int({ description: expectedVersion }),
  }),
});

builder.mutationFields((t) => ({
  hireEmployee: t.field({
    type: EmployeeType,
    nullable: true,
    description: 'Adds an employee.',
    authScopes: { may: 'employees:write' },
    errors: { types: [...failures.create, EmailTakenError] },
    args: { input: t.arg({ type: HireEmployeeInput, required: true, description: 'The new employee.' }) },
    resolve: (_root, { input }, ctx) => {
      const office = decodeIdOf('Office', input.office, 'input.office');
      const manager = optionalIdOf('Employee', input.manager, 'input.manager');
      return written(ctx, createItem(ctx, Employee, ctx.viewer.org, { ...input, office, manager }));
    },
  }),
  updateEmployee: t.field({
    type: EmployeeType,
    nullable: true,
    description: 'Changes what is known of an employee.',
    authScopes: { may: 'employees:write' },
    errors: { types: [...failures.update, EmailTakenError] },
    args: { input: t.arg({ type: UpdateEmployeeInput, required: true, description: 'Who and what changes.' }) },
    resolve: (_root, { input: { id: globalId, expectedVersion: version, ...changes } }, ctx) => {
      const key = keyOf(ctx, Employee, globalId);
      return written(ctx, updateItem(ctx, Employee, key, changes, version));
    },
  }),
  transferEmployee: t.field({
    type: EmployeeType,
    nullable: true,
    description: 'Moves an employee to another office, team or manager.',
    authScopes: { may: 'employees:write' },
    errors: { types: failures.update },
    args: { input: t.arg({ type: TransferEmployeeInput, required: true, description: 'Who and where to.' }) },
    resolve: (_root, { input }, ctx) => {
      const key = keyOf(ctx, Employee, input.id);
      const office = optionalIdOf('Office', input.office, 'input.office');
      const manager = optionalIdOf('Employee', input.manager, 'input.manager');
      return written(ctx, updateItem(ctx, Employee, key, { office, manager, team: input.team }, input.expectedVersion));
    },
  }),
  dismissEmployee: t.field({
    type: EmployeeType,
    nullable: true,
    description: 'Deletes an employee to whom nobody reports and no task is assigned any more.',
    authScopes: { may: 'employees:write' },
    errors: { types: failures.remove },
    args: { input: t.arg({ type: DismissEmployeeInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, ctx) => {
      const key = keyOf(ctx, Employee, input.id);
      return written(ctx, deleteItem(ctx, Employee, key, input.expectedVersion));
    },
  }),
}));
