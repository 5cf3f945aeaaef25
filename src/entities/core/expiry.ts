import type { Condition } from './filter.ts';

/** A moment as the table's time-to-live attribute `expires` has it: whole Unix seconds. */
export const unixSeconds = (now: Date): number => Math.floor(now.getTime() / 1_000);

/** True for an item whose time has come, whether or not DynamoDB has deleted it yet. */
export const isExpired = (row: Readonly<Record<string, unknown>>, now: Date): boolean =>
  typeof row['expires'] === 'number' && row['expires'] <= unixSeconds(now);

/** The contrary of {@link isExpired}, as a filter of Queries. */
export const isLive = (now: Date): Condition => ({
  or: [
    { path: ['expires'], op: 'exists', value: false },
    { path: ['expires'], op: 'gt', value: unixSeconds(now) },
  ],
});

/** Items that have expired, and items that have not, as conditions of writes with their one value. */
export const EXPIRY = {
  expired: 'expires <= :now',
  live: '(attribute_not_exists(expires) OR expires > :now)',
  values: (now: Date) => ({ ':now': unixSeconds(now) }),
} as const;
