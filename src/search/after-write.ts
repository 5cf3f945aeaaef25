import { SearchUnavailableError } from '../errors.ts';
import type { HitPage, IndexQuery, Search } from './client.ts';
import type { FederatedHits, IndexHits } from './hits.ts';
import { Wait, type WaitServices, type Write } from './written.ts';

/** How long a search may still take when it has waited for a write in vain, milliseconds. */
const LAST_SEARCH_MS = 500;

/** What {@link SearchesAfterWrites} need. */
export interface AfterWriteServices extends WaitServices {
  /** How long a search may take in all that waits for nothing, milliseconds. */
  readonly searchTimeoutMs: number;
}

/** The searches of one operation that wait for writes: however many wait for the same one, its index is asked once at a time. */
export class SearchesAfterWrites {
  readonly #services: AfterWriteServices;
  readonly #waits = new Map<string, Wait>();

  constructor(services: AfterWriteServices) {
    this.#services = services;
  }

  /**
   * A search that waits for a write, or for nothing where it is undefined. Its time runs from here on, of which there is
   * one for all of its requests.
   */
  after(write: Write | undefined): SearchAfterWrite {
    const { search, searchTimeoutMs, afterWriteMs } = this.#services;
    if (!write) return new SearchAfterWrite(search, AbortSignal.timeout(searchTimeoutMs), undefined);
    const deadline = AbortSignal.timeout(Math.max(searchTimeoutMs, afterWriteMs + LAST_SEARCH_MS));
    return new SearchAfterWrite(search, deadline, (queries) => this.#wait(write, queries, deadline));
  }

  /** The wait of searches in these indexes, which the write may be in several of. */
  #wait(write: Write, queries: readonly IndexQuery[], deadline: AbortSignal): Wait {
    const { search, id, version } = write;
    const index = queries.find((query) => search.indexes.includes(query.index))?.index ?? search.open;
    const key = JSON.stringify([index.name, id, version]);
    const wait = this.#waits.get(key) ?? new Wait(this.#services, write, index, deadline);
    this.#waits.set(key, wait);
    return wait;
  }
}

/**
 * A search whose first request waits until the index that it asks holds a write: one of several that the write is in, or
 * the open index of its entity where it asks none of them. All of its requests together have until one deadline.
 */
export class SearchAfterWrite {
  readonly #search: Pick<Search, 'query' | 'federate'>;
  readonly #deadline: AbortSignal;
  #begin: ((queries: readonly IndexQuery[]) => Wait) | undefined;
  #isStale = false;

  /** @param begin begins the wait, where there is anything to wait for */
  constructor(
    search: Pick<Search, 'query' | 'federate'>,
    deadline: AbortSignal,
    begin: ((queries: readonly IndexQuery[]) => Wait) | undefined,
  ) {
    this.#search = search;
    this.#deadline = deadline;
    this.#begin = begin;
  }

  /** True once a search was answered although the index did not hold the write in time. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** @throws UnavailableError */
  async query(queries: readonly IndexQuery[]): Promise<IndexHits[]> {
    const wait = this.#begin?.(queries);
    if (!wait) return this.#send(queries);
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
    this.#assertTimeLeft();
    return this.#search.federate(queries, page, this.#deadline);
  }

  /** Checks for the write by the same request, and before the hits: what the check finds, they have seen. */
  async #checked(wait: Wait, queries: readonly IndexQuery[]) {
    const { check } = wait;
    const [answer, ...found] = await this.#send([check.query, ...queries]);
    return { isMet: check.isMetBy(answer), found };
  }

  async #send(queries: readonly IndexQuery[]): Promise<IndexHits[]> {
    this.#assertTimeLeft();
    return this.#search.query(queries, this.#deadline);
  }

  /** What is not sent tells nothing of the engine: it may be the table that took long. @throws SearchUnavailableError */
  #assertTimeLeft(): void {
    if (this.#deadline.aborted)
      throw new SearchUnavailableError('the search took longer than it may; try again in a moment');
  }

  #settle(isMet: boolean): void {
    this.#begin = undefined;
    this.#isStale = !isMet;
  }
}
