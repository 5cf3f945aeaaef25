import { defineEntity, type Item } from '../core/define.ts';
import { text } from '../core/formats.ts';

/**
 * The items that a writer is about to send to the search indexes, under the writer's id. It goes when they are verified;
 * those of a writer that has ended without are suspects: what it sent may arrive at any later time.
 */
export const SearchIntent = defineEntity({
  name: 'searchIntent',
  description: 'Items on their way into the search indexes.',
  attributes: {
    items: { type: 'string', required: true, format: text(390_000), description: 'Ids by entity and organization.' },
  },
  indexes: {},
});
/** An intent as readers see it: hidden attributes left out. */
export type SearchIntent = Item<typeof SearchIntent>;
