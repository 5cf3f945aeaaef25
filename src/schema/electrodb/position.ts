import type { QueryRange, StartKey } from '../../entities/core/table.ts';

/** What a cursor holds: the rest of a row's keys follows from the range that the cursor is bound to. */
export type Position = readonly (string | number)[];

/**
 * Where a row stands.
 *
 * @param keys a row, or the key where a Query ended
 * @param passedNothing the argument that goes on from here, when a page read from the end of the list up to here and
 * found nothing to show
 */
export const positionOf = (
  keys: Readonly<Record<string, unknown>>,
  { index }: QueryRange,
  passedNothing?: 'after' | 'before',
): Position => [
  String(keys[`${index}sk`]),
  String(keys['pk']),
  String(keys['sk']),
  ...(passedNothing ? [passedNothing] : []),
];

/** The key by which a Query goes on behind a position. */
export const startKeyOf = ([sort, pk, sk]: Position, { index, pk: partition }: QueryRange): StartKey => ({
  [`${index}pk`]: partition,
  [`${index}sk`]: String(sort),
  pk: String(pk),
  sk: String(sk),
});

/** True when no item of the list shows between its end and this position, where a page goes on by this argument. */
export const hasPassedNothing = (position: Position | undefined, argument: 'after' | 'before'): boolean =>
  position === undefined || position[3] === argument;
