import type { Plugin } from 'graphql-yoga';
import { costOf } from '../schema/cost.ts';
import { refusal } from './refusal.ts';

/** Refuses operations whose answers could get too large, before anything is read for them. */
export const useCostLimit = (limit: number): Plugin => ({
  onExecute({ args }) {
    assertAffordable(limit, costOf(args) ?? 0);
  },
});

/** @throws GraphQLError when an operation costs more than it may */
export function assertAffordable(limit: number, cost: number): void {
  if (cost > limit)
    throw refusal(
      'OPERATION_TOO_COSTLY',
      `the answer could hold ${cost} values where ${limit} are allowed; ask for smaller pages, or for fewer fields`,
    );
}
