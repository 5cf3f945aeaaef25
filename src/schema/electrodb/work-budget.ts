import { WorkBudgetExceededError } from '../../errors.ts';

/** A call as the budget sees it. */
export interface Work<T> {
  /** Rows that it would read, if it may. */
  readonly rows: number;
  /**
   * Rows without which it is of no use.
   *
   * @defaultValue 1
   */
  readonly atLeast?: number;
  /** Sends it. @param rows how many it may read */
  send(rows: number): Promise<T>;
  /** How many rows it has read. */
  read(answer: T): number;
}

/**
 * The rows that one operation may read: a Query costs the rows that it reads, be they shown, passed over or counted, and
 * no less than one; an item that is read by its key costs one. So it bounds the number of calls as well.
 *
 * What a call may read is set aside before it is sent, and what it has not read is given back. A call for which not
 * enough is left waits for those under way, which may give some back: however many are sent at the same time, they never
 * read more than the budget.
 */
export class WorkBudget {
  readonly rows: number;
  #left: number;
  #underWay = 0;
  #waiting: (() => void)[] = [];

  constructor(rows: number) {
    this.rows = rows;
    this.#left = rows;
  }

  /**
   * Sends a call within the budget.
   *
   * @throws WorkBudgetExceededError when not enough is left, and what the call throws
   */
  async spend<T>({ rows, atLeast = 1, send, read }: Work<T>): Promise<T> {
    while (this.#left < rows && this.#underWay > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#left < atLeast) throw new WorkBudgetExceededError(this.rows);
    const granted = Math.min(rows, this.#left);
    this.#left -= granted;
    this.#underWay++;
    // What a call has read that failed is not known.
    let spent = granted;
    try {
      const answer = await send(granted);
      spent = Math.max(1, read(answer));
      return answer;
    } finally {
      this.#left += granted - spent;
      this.#underWay--;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}
