import { defineEntity, type Item } from '../core/define.ts';
import { integer, keySafe, text } from '../core/formats.ts';

/** An item that can't be searched as it is, and why. It leaves quarantine when the item is indexed or deleted. */
export const Quarantine = defineEntity({
  name: 'quarantine',
  description: "An item that can't be searched as it is.",
  attributes: {
    itemEntity: { type: 'string', required: true, format: keySafe, description: "The item's entity." },
    itemOrg: { type: 'string', required: true, format: keySafe, description: "The item's organization." },
    itemId: { type: 'string', required: true, format: keySafe, description: "The item's id." },
    reason: { type: 'string', required: true, format: text(2_000), description: 'Why it could not be indexed.' },
    attempts: {
      type: 'number',
      required: true,
      format: integer(1, 2 ** 31 - 1),
      description: 'How often it was tried.',
    },
  },
  indexes: {
    entries: { index: 'gsi1', pk: [], sk: ['quarantine'] },
  },
});
/** An entry as readers see it: hidden attributes left out. */
export type Quarantine = Item<typeof Quarantine>;
