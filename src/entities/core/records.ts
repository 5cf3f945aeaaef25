import { isDeepStrictEqual } from 'node:util';
import { SERVICE } from './electro.ts';
import type { Item, NewItem } from './items.ts';
import { SYSTEM_ORG } from './keys.ts';
import type { AnyEntity } from './model.ts';
import {
  ConditionFailed,
  type Delete,
  isExpired,
  type Put,
  type Row,
  type Statement,
  type TableKey,
} from './statements.ts';
import type { QueryRange, StartKey, Table } from './table.ts';

/** What every record has beside its own attributes. */
export interface Managed {
  readonly version: number;
  readonly createdAt: string;
}

/** What a record has beside its own attributes once it is written; where it stands for the first time, without `before`. */
export const successorOf = (before: Managed | undefined, now: Date): Managed => ({
  version: (before?.version ?? 0) + 1,
  createdAt: before?.createdAt ?? now.toISOString(),
});

/** A record as it was read. */
export type Recorded<E extends AnyEntity> = Item<E> & Managed;

const PAGE = 500;

/** True for the key of a record, of whatever entity. */
export const isRecordKey = ({ pk }: TableKey): boolean => pk.startsWith(`$${SERVICE}#org_${SYSTEM_ORG}#`);

/** Roster's own records of one entity, in the system's own partition, which no token reaches. */
export class Records<E extends AnyEntity> {
  readonly #entity: E;
  readonly #ranges = new Map<string, QueryRange>();

  constructor(entity: E) {
    this.#entity = entity;
  }

  key(id: string): TableKey {
    return this.#entity.key(SYSTEM_ORG, id);
  }

  /** The record in a row; undefined when the row is missing. */
  parse(row: Row | undefined): Recorded<E> | undefined {
    return row && (this.#entity.parse(row) as Recorded<E> | undefined);
  }

  /** Read consistently. */
  async get(table: Table, id: string): Promise<Recorded<E> | undefined> {
    return this.parse(await table.get(this.key(id), { consistent: true }));
  }

  /** All records by an access pattern, read from a secondary index: what was written a moment ago may be missing. */
  async list(table: Table, index: keyof E['indexes'] & string, now: Date): Promise<Recorded<E>[]> {
    const range = this.#range(index);
    const found: Recorded<E>[] = [];
    let after: StartKey | undefined;
    do {
      const page = await table.query(range, { limit: PAGE, after });
      found.push(...page.rows.filter((row) => !isExpired(row, now)).flatMap((row) => this.parse(row) ?? []));
      after = page.next;
    } while (after);
    return found;
  }

  /** All of an index, worked out once: it is the same for all lists. */
  #range(index: string): QueryRange {
    const range = this.#ranges.get(index) ?? this.#entity.range(index, { org: SYSTEM_ORG });
    this.#ranges.set(index, range);
    return range;
  }

  /** Writes a record, whatever there was before. */
  put(id: string, values: NewItem<E>, now: Date, before?: Managed): Put {
    const {
      ConditionExpression: _condition,
      ExpressionAttributeNames: _names,
      ...put
    } = this.#creation(id, values, now, before).Put;
    return { Put: put };
  }

  delete(id: string): Delete {
    return { Delete: { Key: this.key(id) } };
  }

  /**
   * Writes a record unless somebody else has written it since it was read.
   *
   * @param before as it was read; undefined when there was none
   * @param alongside written with it, or not at all; without conditions
   * @returns false when somebody else was faster
   */
  async replace(
    table: Table,
    id: string,
    values: NewItem<E>,
    now: Date,
    before?: Managed,
    alongside: readonly Statement[] = [],
  ): Promise<boolean> {
    const replacement = this.replacement(id, values, now, before);
    try {
      await table.write([replacement, ...alongside]);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      // What stands there may be this very record, written by an attempt whose answer was lost.
      return isDeepStrictEqual(error.items.get(0), replacement.Put.Item);
    }
  }

  /** Writes a record, refused when somebody else has written it since it was read; as {@link replace}, in a transaction. */
  replacement(id: string, values: NewItem<E>, now: Date, before?: Managed): Put {
    if (!before) return this.#creation(id, values, now);
    return {
      Put: {
        ...this.put(id, values, now, before).Put,
        ConditionExpression: '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': before.version },
      },
    };
  }

  /** Refused when there is one. */
  #creation(id: string, values: NewItem<E>, now: Date, before?: Managed): Put {
    return this.#entity.put({
      ...values,
      org: SYSTEM_ORG,
      [this.#entity.name]: id,
      ...successorOf(before, now),
      updatedAt: now.toISOString(),
    });
  }
}
