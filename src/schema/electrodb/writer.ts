import type { Changes, Item, NewItem } from '../../entities/core/define.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { createItem, deleteItem, updateItem, type WriteServices } from '../../entities/core/write.ts';
import type { Reader } from './reader.ts';

/** Writes of one operation in its viewer's organization; reads behind them in the same operation see them. */
export class Writer {
  readonly #services: WriteServices;
  readonly #reader: Reader;
  readonly #org: string;

  constructor(services: WriteServices, reader: Reader, org: string) {
    this.#services = services;
    this.#reader = reader;
    this.#org = org;
  }

  /** @throws what {@link createItem} throws */
  create<E extends AnyEntity>(entity: E, values: NewItem<E>): Promise<Item<E>> {
    return this.#written(createItem(this.#services, entity, this.#org, values));
  }

  /** @throws what {@link updateItem} throws */
  update<E extends AnyEntity>(
    entity: E,
    id: string,
    changes: Changes<E> | ((current: Item<E>) => Changes<E>),
    expectedVersion?: number | null,
  ): Promise<Item<E>> {
    return this.#written(updateItem(this.#services, entity, { org: this.#org, id }, changes, expectedVersion));
  }

  /** @throws what {@link deleteItem} throws */
  delete<E extends AnyEntity>(entity: E, id: string, expectedVersion?: number | null): Promise<Item<E>> {
    return this.#written(deleteItem(this.#services, entity, { org: this.#org, id }, expectedVersion));
  }

  async #written<T>(write: Promise<T>): Promise<T> {
    try {
      return await write;
    } finally {
      // A write whose answer was lost may have happened all the same.
      this.#reader.afterWrite();
    }
  }
}
