import { defineEntity, type Item } from '../core/define.ts';
import { dateTime, integer } from '../core/formats.ts';

const count = (description: string) =>
  ({ type: 'number', required: true, format: integer(0, Number.MAX_SAFE_INTEGER), description }) as const;

/** A batch of the stream, reported now and then for those who ask how the search is. */
export const SearchBatch = defineEntity({
  name: 'searchBatch',
  description: 'A batch of the stream that the indexer was given.',
  attributes: {
    endedAt: { type: 'string', required: true, format: dateTime, description: 'When it was done with.' },
    lagSeconds: count('From its oldest write to its end.'),
    records: count('Records in it.'),
    applied: count('Items that are in the indexes as in the table.'),
    quarantined: count('Items that can not be indexed.'),
    failed: count('Records that are to be delivered again.'),
  },
  indexes: {},
});
/** A batch as readers see it: hidden attributes left out. */
export type SearchBatch = Item<typeof SearchBatch>;
