import { defineEntity, type Item } from '../core/define.ts';
import { dateTime, integer } from '../core/formats.ts';

/** How an entity's live indexes were when they were last compared with the table; its id is the entity's name. */
export const SearchComparison = defineEntity({
  name: 'searchComparison',
  description: "The last comparison of an entity's indexes with the table.",
  attributes: {
    comparedAt: {
      type: 'string',
      format: dateTime,
      description: 'When it began: every document was compared then or later. None where it never came to its end.',
    },
    drift: {
      type: 'number',
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'Documents that differed and were not repaired since.',
    },
  },
  indexes: {},
});
/** A comparison as readers see it: hidden attributes left out. */
export type SearchComparison = Item<typeof SearchComparison>;
