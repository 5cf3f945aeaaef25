import type { Condition } from '../../entities/core/filter.ts';
import type { QueryRange, StartKey, Table } from '../../entities/core/table.ts';
import { WorkBudgetExceededError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';
import type { WorkBudget } from './work-budget.ts';

/** What counting takes. */
export interface CountSource {
  readonly table: Table;
  readonly clock: Clock;
  readonly budget: WorkBudget;
}

/** How many items lists have, as one GraphQL operation counts them: equal lists once. */
export class Counts {
  readonly #source: CountSource;
  readonly #known = new Map<string, Promise<number>>();

  constructor(source: CountSource) {
    this.#source = source;
  }

  /**
   * How many items of a range pass a filter and have not expired. All rows of the range are read in DynamoDB, for the
   * price of reading them, and charged on the work budget; none of them is sent over.
   *
   * @throws WorkBudgetExceededError
   */
  of(range: QueryRange, filter: Condition | undefined): Promise<number> {
    const key = JSON.stringify([range, filter]);
    const known = this.#known.get(key) ?? this.#count(range, filter);
    this.#known.set(key, known);
    return known;
  }

  /** From now on everything is counted anew. */
  afterWrite(): void {
    this.#known.clear();
  }

  async #count(range: QueryRange, filter: Condition | undefined): Promise<number> {
    const { table, clock, budget } = this.#source;
    const isLive = notExpiredAt(clock.now());
    const live = filter ? { and: [isLive, filter] } : isLive;
    let total = 0;
    let after: StartKey | undefined;
    do {
      // One more than is left tells a list that is just within the budget from a longer one.
      const { count, scanned, next } = await table.count(range, { limit: budget.left + 1, after, filter: live });
      budget.spend(scanned);
      if (next && budget.left === 0) throw new WorkBudgetExceededError(budget.rows);
      total += count;
      after = next;
    } while (after);
    return total;
  }
}

/** What `isExpired` tells of a row, as a filter. */
const notExpiredAt = (now: Date): Condition => ({
  or: [
    { path: ['expires'], op: 'exists', value: false },
    { path: ['expires'], op: 'gt', value: now.getTime() / 1_000 },
  ],
});
