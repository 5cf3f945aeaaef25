import DataLoader from 'dataloader';
import type { AnyEntity } from '../../entities/model.ts';
import { isExpired, keyText, type Row, type TableKey } from '../../entities/statements.ts';
import type { QueryRange, Table } from '../../entities/table.ts';
import { WorkBudgetExceededError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';
import type { Cursors } from './cursor.ts';
import { type ConnectionArgs, type PageRequest, pageRequest } from './page-args.ts';

/** Rows that one Query asks for at most. */
const MAX_LIMIT = 1_000;

/** An edge of a Relay connection. */
export interface Edge<Node> {
  readonly node: Node;
  readonly cursor: string;
}

/** A page of a Relay connection. */
export interface Connection<Node> {
  readonly edges: Edge<Node>[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** What a {@link Reader} needs. */
export interface ReaderOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  /** The organization that everything is read from. */
  readonly org: string;
  /** Rows that all pages together may read in vain while they look for those that they may hold. */
  readonly workBudgetRows: number;
}

/**
 * All reads of one GraphQL operation. Items asked for by key in the same moment come by one BatchGet over all entities,
 * and each only once; after a write they are read anew and consistently.
 */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #rows: DataLoader<TableKey, Row | undefined, string>;
  readonly #entityOf = new WeakMap<object, AnyEntity>();
  #wrote = false;
  #rowsInVain = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#rows = new DataLoader((keys) => this.#batch(keys), { cacheKeyFn: keyText });
  }

  /** The item of an id in the organization, or undefined when there is none or it has expired. */
  async load<T extends object>(entity: AnyEntity<T>, id: string): Promise<T | undefined> {
    return this.#item(entity, await this.#rows.load(entity.key(this.#options.org, id)));
  }

  /** Items in the order of their ids; undefined where there is none. */
  loadMany<T extends object>(entity: AnyEntity<T>, ids: readonly string[]): Promise<(T | undefined)[]> {
    return Promise.all(ids.map((id) => this.load(entity, id)));
  }

  /** From now on reads are consistent and see what was written. */
  afterWrite(): void {
    this.#wrote = true;
    this.#rows.clearAll();
  }

  /** The entity that an item was read as. */
  entityOf(item: object): AnyEntity | undefined {
    return this.#entityOf.get(item);
  }

  /**
   * A page of the items in an index that have these composites, in the order of the index's sort key.
   *
   * @param field the GraphQL field, which cursors are bound to
   * @throws BadInputError, BadCursorError, WorkBudgetExceededError
   */
  async connection<T extends object>(
    entity: AnyEntity<T>,
    index: string,
    composites: Readonly<Record<string, string>>,
    args: ConnectionArgs,
    field: string,
  ): Promise<Connection<T>> {
    const request = pageRequest(args);
    const range = entity.range(index, { ...composites, org: this.#options.org });
    const scope = JSON.stringify([field, range]);
    const { found, more } = await this.#page(entity, range, request, scope);
    const backward = request.direction === 'backward';
    const page = found.slice(0, request.size);
    if (backward) page.reverse();
    const edges = page.map(({ row, item }) => this.#edge(item, row, range, scope));
    return {
      edges,
      pageInfo: {
        hasNextPage: backward ? request.cursor !== undefined : more,
        hasPreviousPage: backward ? more : request.cursor !== undefined,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  /** One item more than asked for, where there are so many, to tell whether a page follows. */
  async #page<T extends object>(entity: AnyEntity<T>, range: QueryRange, request: PageRequest, scope: string) {
    const { table, cursors, workBudgetRows } = this.#options;
    const { size, direction, cursor, cursorArgument } = request;
    const found: { readonly row: Row; readonly item: T }[] = [];
    let after = cursor === undefined ? undefined : startKey(cursors.decode(cursor, scope, cursorArgument), range);
    // The last place with nothing found before it.
    let resume = cursor;
    for (let limit = size + 1; ; limit = Math.min(limit * 2, MAX_LIMIT, workBudgetRows - this.#rowsInVain)) {
      const { rows, more } = await table.query(range, {
        limit,
        reverse: direction === 'backward',
        ...(after ? { after } : {}),
      });
      const live = rows.flatMap((row) => {
        const item = this.#item(entity, row);
        return item ? [{ row, item }] : [];
      });
      found.push(...live.slice(0, size + 1 - found.length));
      const last = rows.at(-1);
      if (!more || !last || found.length > size) return { found, more: found.length > size };
      const position = positionOf(last, range);
      after = startKey(position, range);
      if (found.length === 0) resume = cursors.encode(position, scope);
      this.#rowsInVain += rows.length - live.length;
      if (this.#rowsInVain < workBudgetRows) continue;
      // The page is full; whether anything follows would take more reading than an operation may cause.
      if (found.length === size) return { found, more: true };
      throw new WorkBudgetExceededError(workBudgetRows, found.length, resume ?? null);
    }
  }

  #edge<T>(node: T, row: Row, range: QueryRange, scope: string): Edge<T> {
    const { cursors } = this.#options;
    // Encrypted only when selected.
    return {
      node,
      get cursor() {
        return cursors.encode(positionOf(row, range), scope);
      },
    };
  }

  #item<T extends object>(entity: AnyEntity<T>, row: Row | undefined): T | undefined {
    if (!row || isExpired(row, this.#options.clock.now())) return undefined;
    const item = entity.parse(row);
    if (item) this.#entityOf.set(item, entity);
    return item;
  }

  async #batch(keys: readonly TableKey[]): Promise<(Row | undefined)[]> {
    const { table } = this.#options;
    const consistent = this.#wrote;
    const [only] = keys;
    if (only && keys.length === 1) return [await table.get(only, { consistent })];
    const rows = new Map((await table.batchGet(keys, { consistent })).map((row) => [keyText(row), row]));
    return keys.map((key) => rows.get(keyText(key)));
  }
}

/** What a cursor holds of a row: the rest of its keys follows from the range that the cursor is bound to. */
const positionOf = (row: Row, { index }: QueryRange): string[] => [String(row[`${index}sk`]), row.pk, row.sk];

function startKey(
  [sort, pk, sk]: readonly (string | number)[],
  { index, pk: partition }: QueryRange,
): Record<string, string> {
  return { [`${index}pk`]: partition, [`${index}sk`]: String(sort), pk: String(pk), sk: String(sk) };
}
