import { defineEntity, type Item } from '../core/define.ts';
import { dateTime } from '../core/formats.ts';

/**
 * A writer of the search indexes and the key that it sends under; its id is the key's uid. It is made before the first
 * request and goes when nothing that was sent can arrive any more.
 */
export const SearchWriter = defineEntity({
  name: 'searchWriter',
  description: 'A writer of the search indexes.',
  attributes: {
    expiresOn: { type: 'string', required: true, format: dateTime, description: 'When its key ends by itself.' },
    fencedAt: { type: 'string', format: dateTime, description: 'When its key was withdrawn.' },
    appliedAt: {
      type: 'string',
      format: dateTime,
      description: 'When what it had been about to send was applied once more, while its key would still be good.',
    },
  },
  indexes: {
    writers: { index: 'gsi1', pk: [], sk: ['searchWriter'] },
  },
});
/** A writer as readers see it: hidden attributes left out. */
export type SearchWriter = Item<typeof SearchWriter>;
