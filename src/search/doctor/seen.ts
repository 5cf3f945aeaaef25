import type { EntitySearch } from '../define.ts';

/** Ids of documents whose items have been read, by entity, for as long as they are few enough to be kept. */
export class SeenIds {
  readonly #most: number;
  readonly #ids = new Map<EntitySearch, Set<string>>();
  #size = 0;
  #isComplete = true;

  /** @param most ids to keep, of all entities */
  constructor(most: number) {
    this.#most = most;
  }

  add(search: EntitySearch, ids: readonly string[]): void {
    if (!this.#isComplete) return;
    const own = this.#ids.get(search) ?? new Set();
    this.#ids.set(search, own);
    const before = own.size;
    for (const id of ids) own.add(id);
    this.#size += own.size - before;
    if (this.#size > this.#most) this.forget();
  }

  /** Some are missing from now on. */
  forget(): void {
    this.#isComplete = false;
    this.#ids.clear();
  }

  /** All ids of an entity that were added; undefined when some are missing. */
  of(search: EntitySearch): ReadonlySet<string> | undefined {
    return this.#isComplete ? (this.#ids.get(search) ?? new Set()) : undefined;
  }
}
