import type { Changes, Item, NewItem } from '../../entities/core/define.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { Row, TableKey } from '../../entities/core/statements.ts';
import { createItem, deleteItem, updateItem, type WriteServices } from '../../entities/core/write.ts';
import type { Reader } from './reader.ts';

/** Writes of one operation in its viewer's organization; reads behind them in the same operation see them. */
export class Writer {
  readonly #services: WriteServices;
  readonly #reader: Reader;
  readonly #org: string;
  readonly #deleted = new WeakSet<object>();

  constructor(services: WriteServices, reader: Reader, org: string) {
    this.#services = services;
    this.#reader = reader;
    this.#org = org;
  }

  /** @throws what {@link createItem} throws */
  create<E extends AnyEntity>(entity: E, values: NewItem<E>): Promise<Item<E>> {
    return this.#told((services) => createItem(services, entity, this.#org, values));
  }

  /** @throws what {@link updateItem} throws */
  update<E extends AnyEntity>(
    entity: E,
    id: string,
    changes: Changes<E> | ((current: Item<E>) => Changes<E>),
    expectedVersion?: number | null,
  ): Promise<Item<E>> {
    return this.#told((services) => updateItem(services, entity, { org: this.#org, id }, changes, expectedVersion));
  }

  /** @throws what {@link deleteItem} throws */
  async delete<E extends AnyEntity>(entity: E, id: string, expectedVersion?: number | null): Promise<Item<E>> {
    const item = await this.#told((services) => deleteItem(services, entity, { org: this.#org, id }, expectedVersion));
    this.#deleted.add(item);
    return item;
  }

  /** Whether an item is one as {@link delete} returned it. */
  hasDeleted(item: object): boolean {
    return this.#deleted.has(item);
  }

  async #told<T>(write: (services: WriteServices) => Promise<T>): Promise<T> {
    const written = new Map<TableKey, Row | undefined>();
    try {
      return await write({ ...this.#services, onWritten: (key, row) => written.set(key, row) });
    } finally {
      // A write whose answer was lost may have happened all the same.
      this.#reader.afterWrite(written);
    }
  }
}
