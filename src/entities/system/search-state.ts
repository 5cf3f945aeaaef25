import { defineEntity, type Item } from '../core/define.ts';
import { integer, keySafe, line, slugged } from '../core/formats.ts';

/** How far a rebuild beside the live indexes is. */
export const SEARCH_PHASES = ['live', 'preparing', 'building', 'swapping', 'soaking', 'restoring', 'removing'] as const;

/** Which indexes hold the documents of an entity; its id is the entity's name. Every writer of documents goes by it. */
export const SearchState = defineEntity({
  name: 'searchState',
  description: "Which indexes hold an entity's documents.",
  attributes: {
    epoch: {
      type: 'number',
      required: true,
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'Changes with the indexes that are written; odd while two of them are being swapped.',
    },
    phase: { type: SEARCH_PHASES, required: true, description: 'How far a rebuild is.' },
    declaration: { type: 'string', format: slugged, description: 'Which declaration the live indexes were built by.' },
    run: {
      type: 'string',
      format: keySafe,
      description: 'The rebuild whose indexes are written beside the live ones.',
    },
    generation: {
      type: 'number',
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'Changes when the live indexes may hold something else than their writers know.',
    },
    damage: { type: 'string', format: line(400), description: 'Why the live indexes may lack documents.' },
  },
  indexes: {},
});
/** A state as readers see it: hidden attributes left out. */
export type SearchState = Item<typeof SearchState>;
