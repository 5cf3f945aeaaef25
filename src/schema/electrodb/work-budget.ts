/**
 * The rows that one operation may read without showing them: those that pages pass over, and those that are counted.
 * What is under way when it runs out still ends, so it may be overdrawn by that.
 */
export class WorkBudget {
  readonly rows: number;
  #spent = 0;

  constructor(rows: number) {
    this.rows = rows;
  }

  /** Rows left, 0 or more. */
  get left(): number {
    return Math.max(0, this.rows - this.#spent);
  }

  spend(rows: number): void {
    this.#spent += rows;
  }
}
