import DataLoader from 'dataloader';
import { keyText, type Row, type TableKey } from '../../entities/statements.ts';
import type { QueryOptions, QueryPage, QueryRange, Table } from '../../entities/table.ts';

/**
 * What one GraphQL operation reads of the table, each only once: items asked for by key in the same moment come by one
 * BatchGet over all entities, equal Queries are one, and what a Query brought is not fetched again by key. After a write,
 * items are read anew and consistently.
 */
export class Reads {
  readonly #table: Table;
  readonly #rows: DataLoader<TableKey, Row | undefined, string>;
  readonly #queries = new Map<string, Promise<QueryPage>>();
  #wrote = false;

  constructor(table: Table) {
    this.#table = table;
    this.#rows = new DataLoader((keys) => this.#batch(keys), { cacheKeyFn: keyText });
  }

  /** True once the operation has written: secondary indexes may lag behind what it wrote. */
  get wrote(): boolean {
    return this.#wrote;
  }

  /** The row of a key. */
  row(key: TableKey): Promise<Row | undefined> {
    return this.#rows.load(key);
  }

  /** The rows of a range. */
  query(range: QueryRange, options: QueryOptions): Promise<QueryPage> {
    const known = this.#queries.get(textOf(range, options));
    if (known) return known;
    const page = this.#table.query(range, options).then((found) => {
      this.#prime(found.rows);
      return found;
    });
    this.#queries.set(textOf(range, options), page);
    return page;
  }

  /** Takes a page that came by another Query for the answer to this one. */
  answer(range: QueryRange, options: QueryOptions, page: QueryPage): void {
    this.#prime(page.rows);
    this.#queries.set(textOf(range, options), Promise.resolve(page));
  }

  /** From now on everything is read anew. */
  afterWrite(): void {
    this.#wrote = true;
    this.#rows.clearAll();
    this.#queries.clear();
  }

  #prime(rows: readonly Row[]): void {
    // An index may be older than the table, which matters once the operation has written.
    if (!this.#wrote) for (const row of rows) this.#rows.prime({ pk: row.pk, sk: row.sk }, row);
  }

  async #batch(keys: readonly TableKey[]): Promise<(Row | undefined)[]> {
    const consistent = this.#wrote;
    const [only] = keys;
    if (only && keys.length === 1) return [await this.#table.get(only, { consistent })];
    const rows = new Map((await this.#table.batchGet(keys, { consistent })).map((row) => [keyText(row), row]));
    return keys.map((key) => rows.get(keyText(key)));
  }
}

/** A Query as text: equal for Queries that have the same answer. */
export const textOf = (range: QueryRange, { limit, after, reverse = false }: QueryOptions): string =>
  JSON.stringify([range, limit, after, reverse]);
