import type { Plugin } from 'graphql-yoga';
import type { Limits } from '../doors.ts';
import { refusal } from './refusal.ts';

/** Lists and objects within each other; a filter as deep as may be has 40. */
const MAX_NESTING = 60;

/**
 * Refuses variables of so many values, or values nested so deeply, that checking them against their types would keep the
 * process busy: a body of a megabyte has room for half a million empty objects.
 */
export const useVariableLimits = ({ values }: Pick<Limits, 'values'>): Plugin => ({
  onParams: ({ params }) => assertFew(params.variables, values),
});

/** @throws GraphQLError naming what there is too much of */
function assertFew(variables: unknown, most: number): void {
  let count = 0;
  let level = valuesIn([variables]);
  for (let depth = 0; level.length > 0; depth++) {
    count += level.length;
    if (count > most)
      throw refusal(
        'TOO_MANY_VALUES',
        `the variables have over ${most} values, which is the limit; send fewer at a time`,
      );
    if (depth === MAX_NESTING && level.some(holdsValues))
      throw refusal(
        'VARIABLES_TOO_DEEP',
        `a variable is nested over ${MAX_NESTING} levels deep, which is the limit; flatten it`,
      );
    level = valuesIn(level);
  }
}

const holdsValues = (value: unknown): value is object => typeof value === 'object' && value !== null;

const valuesIn = (values: readonly unknown[]): unknown[] => values.filter(holdsValues).flatMap(Object.values);
