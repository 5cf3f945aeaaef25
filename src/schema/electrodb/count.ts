import { isLive } from '../../entities/core/expiry.ts';
import type { Condition } from '../../entities/core/filter.ts';
import type { QueryRange, StartKey, Table } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import type { WorkBudget } from './work-budget.ts';

/** Rows that the first Query of a count asks for. */
const FIRST_LIMIT = 500;
/** By how much each further one asks for more; DynamoDB stops at 1 MB anyway. */
const GROWTH = 4;

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
   * price of reading them, and charged on the work budget; none of them is sent over. The first Query reads no more than
   * {@link FIRST_LIMIT} of them, so that counts at the same time don't take the budget from each other.
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
    const unexpired = isLive(clock.now());
    const live = filter ? { and: [unexpired, filter] } : unexpired;
    let total = 0;
    let after: StartKey | undefined;
    let rows = FIRST_LIMIT;
    do {
      const send = (limit: number) => table.count(range, { limit, after, filter: live });
      const { count, next } = await budget.spend({ rows, send, read: ({ scanned }) => scanned });
      total += count;
      after = next;
      rows *= GROWTH;
    } while (after);
    return total;
  }
}
