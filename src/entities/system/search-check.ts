import { defineEntity, type Item } from '../core/define.ts';
import { integer, text } from '../core/formats.ts';

/** The comparison of all indexes with the table that is under way. It goes when it is done. */
export const SearchCheck = defineEntity({
  name: 'searchCheck',
  description: 'A comparison of the search indexes with the table.',
  attributes: {
    entities: { type: 'string', required: true, format: text(10_000), description: 'Names of entities, by blanks.' },
    segments: { type: 'string', required: true, format: text(20_000), description: 'How far the table is, as JSON.' },
    found: { type: 'string', required: true, format: text(100_000), description: 'What was found, as JSON.' },
    outsets: { type: 'string', format: text(100_000), description: 'How the indexes were when it began, as JSON.' },
    rows: {
      type: 'number',
      required: true,
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'Rows of the table that were compared.',
    },
  },
  indexes: {},
});
/** A comparison under way as readers see it: hidden attributes left out. */
export type SearchCheck = Item<typeof SearchCheck>;
