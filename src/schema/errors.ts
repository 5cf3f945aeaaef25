import {
  EmailTakenError,
  InUseError,
  type Issue,
  NotFoundError,
  type RosterError,
  ValidationError,
  VersionConflictError,
} from '../errors.ts';
import { builder } from './builder.ts';
import { pascalCase } from './electrodb/names.ts';

const ErrorInterface = builder.interfaceRef<RosterError>('Error').implement({
  description: 'Why a mutation changed nothing.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable name to branch on.' }),
    message: t.exposeString('message', { description: 'What is wrong and what to do, for people.' }),
  }),
});

const IssueType = builder.objectRef<Issue>('ValidationIssue').implement({
  description: 'One value that can not be stored.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Path below the input, such as `salary.currency`.' }),
    message: t.exposeString('message', { description: 'What is wrong with the value and what to send instead.' }),
  }),
});

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input has values that can not be stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ issues: t.expose('issues', { type: [IssueType], description: 'Every value at fault.' }) }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'The object to change, or one that the input refers to, does not exist in your organization.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ path: t.exposeString('path', { description: 'The part of the input that names it.' }) }),
});

builder.objectType(VersionConflictError, {
  name: 'VersionConflictError',
  description: 'Somebody else changed the object first.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ currentVersion: t.exposeInt('currentVersion', { description: 'The version it is at now.' }) }),
});

builder.objectType(EmailTakenError, {
  name: 'EmailTakenError',
  description: 'Another employee has this e-mail address.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ email: t.exposeString('email', { description: 'The address.' }) }),
});

builder.objectType(InUseError, {
  name: 'InUseError',
  description: 'The object can not be deleted while others refer to it.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    by: t.string({
      description: 'The type of the objects that refer to it, such as `Task`.',
      resolve: ({ by }) => pascalCase(by),
    }),
  }),
});
