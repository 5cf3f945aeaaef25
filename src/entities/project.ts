import { defineEntity, type Item } from './core/define.ts';
import { date, keySafe, line, text } from './core/formats.ts';

/** How far along a project is. */
export const PROJECT_STATUSES = ['planned', 'active', 'paused', 'done'] as const;

/** A piece of work with an end, made of tasks. */
export const Project = defineEntity({
  name: 'project',
  description: 'A piece of work with an end, made of tasks.',
  attributes: {
    name: { type: 'string', required: true, format: line(120), description: 'What it is called.' },
    description: { type: 'string', format: text(5_000), wide: true, description: 'What it is for.' },
    status: { type: PROJECT_STATUSES, required: true, default: 'planned', description: 'How far along it is.' },
    lead: { type: 'string', format: keySafe, references: 'employee', description: 'Who answers for it.' },
    startsOn: { type: 'string', format: date, description: 'First day.' },
    dueOn: { type: 'string', format: date, description: 'Last day.' },
  },
  indexes: {
    board: { index: 'gsi1', collection: 'board', pk: ['project'], sk: [] },
    portfolio: { index: 'gsi3', pk: [], sk: ['status', 'project'] },
  },
});
/** A project as readers see it: hidden attributes left out. */
export type Project = Item<typeof Project>;
