import type { Observer, TableCall } from '../../src/entities/core/table.ts';

/**
 * Groups calls by round trip: those of one are all under way before any of them has ended. A call sent later may have
 * waited for an answer.
 *
 * @param trips filled with the calls of each trip, in the order in which they end
 */
export function recordTrips(trips: TableCall[][]): Observer<TableCall> {
  let current: TableCall[] = [];
  let isOver = true;
  return () => {
    if (isOver) {
      current = [];
      trips.push(current);
      isOver = false;
    }
    const trip = current;
    return (call) => {
      trip.push(call);
      if (trip === current) isOver = true;
    };
  };
}

/** Trips as lines of text, such as `GetItem, Query gsi1 21`, in no order within a trip. */
export const tripsText = (trips: readonly (readonly TableCall[])[]): string[] =>
  trips.map((trip) =>
    trip
      .map(({ operation, index, limit, counts }) =>
        [operation, index, counts ? 'count' : limit].filter(Boolean).join(' '),
      )
      .sort()
      .join(', '),
  );
