import { defineEntity, type Item } from '../core/define.ts';
import { dateTime, integer, keySafe, line, text } from '../core/formats.ts';

/** A rebuild of the indexes of some entities, beside the live ones. It goes when nothing is left of it. */
export const SearchRun = defineEntity({
  name: 'searchRun',
  description: 'A rebuild of search indexes.',
  attributes: {
    entities: {
      type: 'string',
      required: true,
      format: text(10_000),
      description: 'Names of the entities, by blanks.',
    },
    owner: { type: 'string', required: true, format: keySafe, description: 'Which process works on it.' },
    leaseUntil: {
      type: 'string',
      required: true,
      format: dateTime,
      description: 'When another process may take over.',
    },
    segments: {
      type: 'string',
      required: true,
      format: text(100_000),
      description: 'How far each segment is, as JSON.',
    },
    rows: {
      type: 'number',
      required: true,
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'Rows that were read and applied.',
    },
    attempts: {
      type: 'number',
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'How often a process has begun to work on it since it got any further.',
    },
    clean: {
      type: 'number',
      format: integer(0, 2),
      description: 'How often in a row its indexes were found equal to the table.',
    },
    failedPasses: {
      type: 'number',
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'How often its indexes were compared with the table and not found equal.',
    },
    verification: {
      type: 'string',
      format: text(200_000),
      description: 'How far the comparison of its indexes with the table is, as JSON.',
    },
    verified: {
      type: 'string',
      format: text(100_000),
      description: 'How it was when the last comparison began that has found its indexes equal, as JSON.',
    },
    maxRcu: {
      type: 'number',
      format: integer(1, Number.MAX_SAFE_INTEGER),
      description: 'Read capacity units a second that it may use.',
    },
    soakMs: {
      type: 'number',
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'For how long the indexes before are kept, milliseconds.',
    },
    createdOn: { type: 'string', format: text(100_000), description: 'Which contents are new, as JSON.' },
    previous: {
      type: 'string',
      format: text(100_000),
      description: 'How the indexes before were, by entity, as JSON.',
    },
    swapKey: { type: 'string', format: line(100), description: 'Uid of the key under which a swap may be on its way.' },
    ending: {
      type: ['removal', 'roll-back'],
      description: 'How it ends, once that is decided.',
    },
    soakUntil: { type: 'string', format: dateTime, description: 'When the indexes before may be removed.' },
  },
  indexes: {
    runs: { index: 'gsi1', pk: [], sk: ['searchRun'] },
  },
});
/** A rebuild as readers see it: hidden attributes left out. */
export type SearchRun = Item<typeof SearchRun>;
