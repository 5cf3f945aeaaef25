import { statementKey } from '../../entities/core/statements.ts';
import type { TableCall } from '../../entities/core/table.ts';
import { itemName } from '../../entities/item-name.ts';
import type { Clock } from '../../runtime.ts';
import type { Services } from '../../services.ts';

/** All that a request had others do. */
export interface TotalWork {
  /** Of the whole request, milliseconds, as all times here. */
  readonly durationMs: number;
  readonly tableCalls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly searches: number;
  /** Of searches at the same time, the sum. */
  readonly searchMs: number;
  /** The items that were written, by which the indexer's lines name them; absent when there are none. */
  readonly written?: readonly string[];
}

const WRITES: readonly TableCall['operation'][] = ['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems'];

/** Counts what a request has others do; its clock starts when it is made. */
export class Work {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #began: number;
  readonly #written = new Set<string>();
  #tableCalls = 0;
  #readUnits = 0;
  #writeUnits = 0;
  #searches = 0;
  #searchMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#began = clock.monotonicMs();
  }

  /** The same services, counted. */
  observing<S extends Pick<Services, 'table' | 'search'>>(services: S): S {
    return {
      ...services,
      table: services.table.observed(() => (call) => this.#called(call)),
      search: services.search.observed(() => {
        const sent = this.#clock.monotonicMs();
        this.#searches++;
        return () => {
          this.#searchMs += this.#clock.monotonicMs() - sent;
        };
      }),
    };
  }

  /** Until now. */
  get total(): TotalWork {
    return {
      durationMs: Math.round(this.#clock.monotonicMs() - this.#began),
      tableCalls: this.#tableCalls,
      readUnits: this.#readUnits,
      writeUnits: this.#writeUnits,
      searches: this.#searches,
      searchMs: Math.round(this.#searchMs),
      ...(this.#written.size > 0 && { written: [...this.#written] }),
    };
  }

  #called({ operation, capacity, statements = [], error }: TableCall): void {
    this.#tableCalls++;
    if (!WRITES.includes(operation)) {
      this.#readUnits += capacity;
      return;
    }
    this.#writeUnits += capacity;
    if (error !== undefined) return;
    for (const statement of statements) {
      const name = 'ConditionCheck' in statement ? undefined : itemName(statementKey(statement));
      if (name) this.#written.add(name);
    }
  }
}
