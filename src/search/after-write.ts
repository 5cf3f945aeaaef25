import type { HitPage, IndexQuery, Search } from './client.ts';
import type { FederatedHits, IndexHits } from './hits.ts';
import { Wait, type WaitServices, type Write } from './written.ts';

/** The searches of one operation that wait for writes: however many wait for the same one, its index is asked once at a time. */
export class SearchesAfterWrites {
  readonly #services: WaitServices;
  readonly #waits = new Map<string, Wait>();

  constructor(services: WaitServices) {
    this.#services = services;
  }

  /** Searches that wait for a write, or for nothing where it is undefined. */
  after(write: Write | undefined): SearchAfterWrite {
    return new SearchAfterWrite(this.#services.search, write && ((queries) => this.#wait(write, queries)));
  }

  /** The wait of searches in these indexes, which the write may be in several of. */
  #wait(write: Write, queries: readonly IndexQuery[]): Wait {
    const { search, id, version } = write;
    const index = queries.find((query) => search.indexes.includes(query.index))?.index ?? search.open;
    const key = JSON.stringify([index.name, id, version]);
    const wait = this.#waits.get(key) ?? new Wait(this.#services, write, index);
    this.#waits.set(key, wait);
    return wait;
  }
}

/**
 * A search whose first request waits until the index that it asks holds a write: one of several that the write is in, or
 * the open index of its entity where it asks none of them.
 */
export class SearchAfterWrite implements Pick<Search, 'query' | 'federate'> {
  readonly #search: Pick<Search, 'query' | 'federate'>;
  #begin: ((queries: readonly IndexQuery[]) => Wait) | undefined;
  #isStale = false;

  /** @param begin begins the wait, where there is anything to wait for */
  constructor(
    search: Pick<Search, 'query' | 'federate'>,
    begin: ((queries: readonly IndexQuery[]) => Wait) | undefined,
  ) {
    this.#search = search;
    this.#begin = begin;
  }

  /** True once a search was answered although the index did not hold the write in time. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** @throws UnavailableError */
  async query(queries: readonly IndexQuery[]): Promise<IndexHits[]> {
    const wait = this.#begin?.(queries);
    if (!wait) return this.#search.query(queries);
    let answer = await this.#checked(wait, queries);
    if (!(answer.isMet || wait.isOver)) {
      await wait.untilMet();
      answer = await this.#checked(wait, queries);
    }
    this.#settle(answer.isMet);
    return answer.found;
  }

  /** @throws UnavailableError */
  async federate(queries: readonly IndexQuery[], page: HitPage): Promise<FederatedHits> {
    const wait = this.#begin?.(queries);
    // One ranking has no room for a query that is not part of it.
    if (wait) this.#settle((await wait.look()) || (await wait.untilMet()));
    return this.#search.federate(queries, page);
  }

  /** Checks for the write by the same request, and before the hits: what the check finds, they have seen. */
  async #checked(wait: Wait, queries: readonly IndexQuery[]) {
    const { check } = wait;
    const [answer, ...found] = await this.#search.query([check.query, ...queries]);
    return { isMet: check.isMetBy(answer), found };
  }

  #settle(isMet: boolean): void {
    this.#begin = undefined;
    this.#isStale = !isMet;
  }
}
