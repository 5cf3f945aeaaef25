import { createHash } from 'node:crypto';
import { defineEntity } from './define.ts';
import { keySafe } from './formats.ts';

/** Guards one value of a unique attribute: whoever writes the value writes its guard in the same transaction. */
export const Unique = defineEntity({
  name: 'unique',
  description: 'Guards one value of a unique attribute.',
  attributes: {
    owner: { type: 'string', required: true, format: keySafe, description: 'Id of the item that has the value.' },
  },
  indexes: {},
});

/**
 * The guard's id. Values may be any text, so the key holds their digest; case and Unicode form don't count.
 *
 * @example uniqueId('employee', 'email', 'Ada@Example.com')
 */
export const uniqueId = (entity: string, attribute: string, value: string): string =>
  `${entity}_${attribute}_${createHash('sha256').update(value.normalize('NFKC').toLowerCase()).digest('hex')}`;
