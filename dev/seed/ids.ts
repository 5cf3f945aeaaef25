import { createHash } from 'node:crypto';
import { encodeTime } from 'ulid';

/** The seed data's present: tasks are done before it, birthdays and hire dates lie before it. */
export const REFERENCE_DATE = new Date('2026-06-30T09:00:00.000Z');

/** The kinds of items that have an id of their own. */
export type Kind = 'office' | 'employee' | 'project' | 'task';

// https://github.com/ulid/spec#encoding
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** When the item was created: {@link REFERENCE_DATE} and a millisecond per item of its kind, so that ids sort by index. */
export const createdAt = (index: number): string => momentOf(index).toISOString();

const momentOf = (index: number): Date => new Date(REFERENCE_DATE.getTime() + index);

/**
 * The id of the `index`-th item of its kind: a lower-case ULID whose 80 random bits are a digest of the arguments.
 * It can be told without generating anything, which is what keeps development tokens cheap.
 *
 * @example seededId(42, 'globex', 'employee', 0)
 */
export function seededId(seed: number, org: string, kind: Kind, index: number): string {
  const digest = createHash('sha256').update(`${seed} ${org} ${kind} ${index}`).digest();
  const letters = Array.from(digest.subarray(0, 16), (byte) => CROCKFORD[byte & 31]);
  return encodeTime(momentOf(index).getTime()).toLowerCase() + letters.join('');
}
