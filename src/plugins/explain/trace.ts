import type { Observer, TableCall } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import type { SearchCall } from '../../search/client.ts';
import type { Services } from '../../services.ts';

/** A call of an operation: what it was, and when. */
export type TracedCall = Timing &
  (
    | { readonly service: 'dynamodb'; readonly call: TableCall }
    | { readonly service: 'meilisearch'; readonly call: SearchCall }
  );

/** When a call was sent, and how long its answer took. */
export interface Timing {
  /** Position among the operation's calls as they were sent, from 1. */
  readonly number: number;
  /** One more than the highest round trip that had ended when it was sent: calls sent together share one. */
  readonly roundTrip: number;
  /** Milliseconds since the operation began. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** What one operation sends to the table and the search engine, in one numbering; its clock starts when it is made. */
export class Trace {
  /** To be told of every call of the table. */
  readonly table = this.#observer<TableCall>((timing, call) => ({ ...timing, service: 'dynamodb', call }));
  /** To be told of every search. */
  readonly search = this.#observer<SearchCall>((timing, call) => ({ ...timing, service: 'meilisearch', call }));
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #began: number;
  readonly #ended: TracedCall[] = [];
  #sent = 0;
  #endedRoundTrips = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#began = clock.monotonicMs();
  }

  /** The same services, traced. */
  observing<S extends Pick<Services, 'table' | 'search'>>(services: S): S {
    const { table, search } = services;
    return { ...services, table: table.observed(this.table), search: search.observed(this.search) };
  }

  /** The calls that have ended, in the order in which they were sent. */
  get calls(): TracedCall[] {
    return this.#ended.toSorted((a, b) => a.number - b.number);
  }

  /** How many calls have not ended yet: a field that fails does not wait for what it has sent beside. */
  get underWay(): number {
    return this.#sent - this.#ended.length;
  }

  /** Milliseconds since the operation began. */
  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#began;
  }

  #observer<Call>(traced: (timing: Timing, call: Call) => TracedCall): Observer<Call> {
    return () => {
      const number = ++this.#sent;
      const roundTrip = this.#endedRoundTrips + 1;
      const startMs = this.elapsedMs;
      return (call) => {
        this.#endedRoundTrips = Math.max(this.#endedRoundTrips, roundTrip);
        this.#ended.push(traced({ number, roundTrip, startMs, durationMs: this.elapsedMs - startMs }, call));
      };
    };
  }
}
