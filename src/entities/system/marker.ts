import { defineEntity } from '../core/define.ts';
import { line } from '../core/formats.ts';

/** A named fact about the table itself, in the system's own partition: how far seeding got, say. */
export const Marker = defineEntity({
  name: 'marker',
  description: 'A named fact about the table itself.',
  attributes: {
    state: { type: 'string', required: true, format: line(200), description: 'What is true of it now.' },
  },
  indexes: {},
});
