import type { MapAttribute } from './core/attributes.ts';
import { currency, integer } from './core/formats.ts';

/**
 * An amount of money.
 *
 * @example amount: { ...money, required: true, description: 'What is to be paid.' }
 */
export const money = {
  type: 'map',
  graphql: { name: 'Money', description: 'An amount of money.' },
  properties: {
    amount: {
      type: 'number',
      required: true,
      format: integer(0, Number.MAX_SAFE_INTEGER),
      description: 'In minor units of the currency, such as cents.',
    },
    currency: { type: 'string', required: true, format: currency, description: 'ISO 4217 code.' },
  },
} as const satisfies Omit<MapAttribute, 'description'>;
