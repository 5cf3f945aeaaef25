import { EmailTakenError } from '../errors.ts';
import { defineEntity, type Item, slugOf } from './core/define.ts';
import { date, email, keySafe, line } from './core/formats.ts';
import { money } from './money.ts';

/** The parts of a company that people work in. */
export const TEAMS = [
  'design',
  'engineering',
  'finance',
  'legal',
  'marketing',
  'operations',
  'people',
  'product',
  'sales',
  'support',
] as const;

/** A person who works for the organization. */
export const Employee = defineEntity({
  name: 'employee',
  description: 'A person who works for the organization.',
  attributes: {
    firstName: { type: 'string', required: true, format: line(80), description: 'Given name.' },
    lastName: { type: 'string', required: true, format: line(80), description: 'Family name.' },
    email: {
      type: 'string',
      required: true,
      format: email,
      unique: EmailTakenError,
      description: 'Work e-mail address, unique in the organization.',
    },
    title: { type: 'string', required: true, format: line(120), description: 'Job title.' },
    team: {
      type: TEAMS,
      required: true,
      graphql: { name: 'Team', description: 'The parts of a company that people work in.' },
      description: 'The part of the company they work in.',
    },
    office: {
      type: 'string',
      required: true,
      format: keySafe,
      references: 'office',
      description: 'The office they work at.',
    },
    manager: { type: 'string', format: keySafe, references: 'employee', description: 'Whom they report to.' },
    hiredOn: { type: 'string', required: true, format: date, description: 'First day of work.' },
    birthday: { type: 'string', format: date, restricted: true, description: 'Date of birth.' },
    salary: { ...money, restricted: true, description: 'Yearly gross salary.' },
    titleKey: slugOf('title'),
  },
  indexes: {
    workplaces: {
      index: 'gsi1',
      collection: 'workplaces',
      type: 'clustered',
      pk: ['office'],
      sk: ['team', 'titleKey', 'employee'],
    },
    assignments: { index: 'gsi2', collection: 'assignments', pk: ['employee'], sk: [] },
    reports: { index: 'gsi3', pk: ['manager'], sk: ['team', 'office', 'employee'] },
  },
});
/** An employee as readers see it: hidden attributes left out. */
export type Employee = Item<typeof Employee>;
