import { defineEntity, type Item } from './core/define.ts';
import { date, dateTime, integer, keySafe, line, text } from './core/formats.ts';

/** How far along a task is. */
export const TASK_STATUSES = ['open', 'in-progress', 'blocked', 'done'] as const;

/** How urgent a task is. */
export const TASK_PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

/** A piece of a project that one employee can do. */
export const Task = defineEntity({
  name: 'task',
  description: 'A piece of a project that one employee can do.',
  attributes: {
    title: { type: 'string', required: true, format: line(200), description: 'What is to be done.' },
    description: { type: 'string', format: text(5_000), wide: true, description: 'Details.' },
    project: {
      type: 'string',
      required: true,
      format: keySafe,
      references: 'project',
      description: 'The project it belongs to.',
    },
    employee: { type: 'string', format: keySafe, references: 'employee', description: 'Who does it.' },
    status: { type: TASK_STATUSES, required: true, default: 'open', description: 'How far along it is.' },
    priority: { type: TASK_PRIORITIES, required: true, default: 'normal', description: 'How urgent it is.' },
    points: { type: 'number', format: integer(0, 100), description: 'Estimated size.' },
    dueOn: { type: 'string', format: date, description: 'Last day.' },
    completedAt: { type: 'string', format: dateTime, description: 'When it was done.' },
  },
  indexes: {
    board: { index: 'gsi1', collection: 'board', pk: ['project'], sk: ['status', 'employee', 'task'] },
    assignments: { index: 'gsi2', collection: 'assignments', pk: ['employee'], sk: ['status', 'project', 'task'] },
  },
});
/** A task as readers see it: hidden attributes left out. */
export type Task = Item<typeof Task>;
