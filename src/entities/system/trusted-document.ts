import { defineEntity, type Item } from '../core/define.ts';
import { text } from '../core/formats.ts';

/** A document that a frontend may have run by its id alone, which is the SHA-256 of its text, in hexadecimal. */
export const TrustedDocument = defineEntity({
  name: 'trustedDocument',
  description: 'A document that clients may run by its id.',
  attributes: {
    text: { type: 'string', required: true, format: text(100_000), description: 'The document, to the letter.' },
  },
  indexes: {
    documents: { index: 'gsi1', pk: [], sk: ['trustedDocument'] },
  },
});
/** A document as readers see it: hidden attributes left out. */
export type TrustedDocument = Item<typeof TrustedDocument>;
