import { defineEntity } from './define.ts';
import { line } from './formats.ts';

/** A named fact about the table itself, in the system's own partition: how far seeding got, say. */
export const Marker = defineEntity({
  name: 'marker',
  attributes: {
    state: { type: 'string', required: true, format: line(200), description: 'What is true of it now.' },
  },
  indexes: {},
});
