import { once } from 'node:events';
import { isExpired } from '../entities/core/expiry.ts';
import type { Condition } from '../entities/core/filter.ts';
import type { Table } from '../entities/core/table.ts';
import type { Clock } from '../runtime.ts';
import type { IndexQuery, Search } from './client.ts';
import type { EntitySearch, SearchIndex } from './define.ts';
import { documentId } from './document.ts';
import type { IndexHits } from './hits.ts';
import { indexQuery } from './query.ts';

/** A write of an item that an index may not hold yet. */
export interface Write {
  readonly search: EntitySearch;
  readonly org: string;
  readonly id: string;
  /** The version that was written; undefined when the item was deleted. */
  readonly version: number | undefined;
}

/** What it takes to wait for an index. */
export interface WaitServices {
  readonly search: Pick<Search, 'query' | 'federate'>;
  readonly table: Pick<Table, 'get'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** How long to wait for a write, milliseconds. */
  readonly afterWriteMs: number;
}

/** A query that tells whether an index holds a write. */
export interface Check {
  readonly query: IndexQuery;
  /** Reads the answer. */
  isMetBy(answer: IndexHits | undefined): boolean;
}

const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 100;

/** The wait until an index holds a write, a later one of the same item, or its deletion. */
export class Wait {
  readonly #services: WaitServices;
  readonly #index: SearchIndex;
  readonly #deadline: AbortSignal;
  readonly #over: AbortSignal;
  #write: Write;
  #polling: Promise<boolean> | undefined;

  /**
   * The time runs from here on.
   *
   * @param deadline of the search that begins it; later than the wait is over
   */
  constructor(services: WaitServices, write: Write, index: SearchIndex, deadline: AbortSignal) {
    this.#services = services;
    this.#write = write;
    this.#index = index;
    this.#deadline = deadline;
    this.#over = AbortSignal.timeout(services.afterWriteMs);
  }

  /** Whether it has taken as long as it may. */
  get isOver(): boolean {
    return this.#over.aborted;
  }

  /** Asks the index for what is waited for now, which another search may change before the answer comes. */
  get check(): Check {
    const { search, org, id, version } = this.#write;
    const isIt: Condition = { path: ['id'], op: 'eq', value: documentId(org, id) };
    const where: Condition =
      version === undefined ? isIt : { and: [isIt, { path: ['version'], op: 'gte', value: version }] };
    const now = this.#services.clock.now();
    return {
      query: { ...indexQuery(search, { org, now, where }, { limit: 1 }), index: this.#index },
      isMetBy: (answer) => answer !== undefined && answer.hits.length > 0 === (version !== undefined),
    };
  }

  /**
   * Asks once. It is not given up when the time is over: what has no answer by the deadline has failed, and must count as
   * that where it is the one search that is sent to see whether the engine is back.
   *
   * @throws UnavailableError when the search engine can't answer
   */
  async look(): Promise<boolean> {
    const { check } = this;
    const [answer] = await this.#services.search.query([check.query], this.#deadline);
    return check.isMetBy(answer);
  }

  /**
   * Asks until the index holds the write or the time is over; all who ask for it wait together.
   *
   * @returns whether the index holds it
   * @throws UnavailableError when the search engine or the table can't answer
   */
  untilMet(): Promise<boolean> {
    this.#polling ??= this.#poll();
    return this.#polling;
  }

  async #poll(): Promise<boolean> {
    // No index will ever hold a version of what was deleted meanwhile; what is left to wait for is the deletion.
    if (await this.#isGone()) this.#write = { ...this.#write, version: undefined };
    const over = this.isOver ? undefined : once(this.#over, 'abort');
    for (let pauseMs = FIRST_PAUSE_MS; !this.isOver; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      await Promise.race([this.#services.clock.sleep(pauseMs), over]);
      if (await this.look()) return true;
    }
    return false;
  }

  async #isGone(): Promise<boolean> {
    const { search, org, id, version } = this.#write;
    if (version === undefined) return true;
    const { table, clock } = this.#services;
    const row = await table.get(search.entity.key(org, id), { consistent: true });
    return !row || isExpired(row, clock.now());
  }
}
