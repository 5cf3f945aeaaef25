import { isExpired } from '../../entities/core/expiry.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { Row, TableKey } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import { childrenIn, collectionQuery, holdsParent } from './collection.ts';
import { type Connection, openConnection } from './connection.ts';
import { Counts } from './count.ts';
import type { Cursors } from './cursor.ts';
import { checkedList, countsAtOnce, type List, type ListRequest, needsPage } from './list.ts';
import { type PageSource, readAll, readPage } from './page.ts';
import { isNarrow } from './projection.ts';
import { queryText, Reads } from './reads.ts';
import { WorkBudget } from './work-budget.ts';

/** What a {@link Reader} needs. */
export interface ReaderOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  /** The organization that everything is read from. */
  readonly org: string;
  /** Rows that all of it together may read: see {@link WorkBudget}. */
  readonly workBudgetRows: number;
  /** All entities of the table, to tell which of them share a collection. */
  readonly entities: readonly AnyEntity[];
}

/** How much of an item to read. */
export interface LoadOptions {
  /**
   * False leaves out the attributes that the entity declares as `wide`.
   *
   * @defaultValue true
   */
  readonly wide?: boolean;
}

/** Items and connections as one GraphQL operation reads them; {@link Reads} says what that costs. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #reads: Reads;
  readonly #counts: Counts;
  readonly #source: PageSource;
  readonly #entityOf = new WeakMap<object, AnyEntity>();

  constructor(options: ReaderOptions) {
    const { table, clock, cursors } = options;
    const budget = new WorkBudget(options.workBudgetRows);
    this.#options = options;
    this.#reads = new Reads(table, budget);
    this.#counts = new Counts({ table, clock, budget });
    this.#source = { reads: this.#reads, cursors, item: ({ entity }, row) => this.#item(entity, row) };
  }

  /** The item of an id in the organization, or undefined when there is none or it has expired. */
  async load<T extends object>(entity: AnyEntity<T>, id: string, { wide = true }: LoadOptions = {}) {
    return this.#item(entity, await this.#reads.row(entity.key(this.#options.org, id), { entity, wide }));
  }

  /** Items in the order of their ids; undefined where there is none. */
  loadMany<T extends object>(
    entity: AnyEntity<T>,
    ids: readonly string[],
    options?: LoadOptions,
  ): Promise<(T | undefined)[]> {
    return Promise.all(ids.map((id) => this.load(entity, id, options)));
  }

  /**
   * An item, and the pages and counts of relations that will be asked for next: their keys follow from the id alone, so
   * they are read at the same time, and one comes by the same Query as the item where a collection holds both. All pages
   * are waited for, so that what the item and its children refer to is asked for in one moment, by one BatchGet.
   */
  async loadWithPages<T extends object>(
    entity: AnyEntity<T>,
    id: string,
    relations: readonly ListRequest[],
    { wide = true }: LoadOptions = {},
  ): Promise<T | undefined> {
    const lists = relations.flatMap((request) => this.#ifValid(request));
    // What fails here fails again, and is told, where it is asked for; so below.
    const counts = lists
      .filter(countsAtOnce)
      .map(({ range, filter }) => this.#counts.of(range, filter).catch(() => undefined));
    const pages = distinct(lists.filter(needsPage));
    const together = this.#mayComeAlong(entity, id, wide)
      ? pages.find((list) => holdsParent(entity, list, this.#options) && !this.#isKnown(list))
      : undefined;
    const apart = pages.filter((list) => list !== together);
    const sent = apart.map((list) => this.#reads.query(list.range, list.query, [list.wanted]).catch(() => undefined));
    const [item] = await Promise.all([
      together ? this.#loadTogether(entity, id, together, wide) : this.load(entity, id, { wide }),
      ...sent,
    ]);
    // Nobody will ask for them, and the operation is not done before its calls are.
    if (!item) await Promise.all(counts);
    return item;
  }

  /**
   * A page of a list.
   *
   * @throws BadInputError, BadCursorError, WorkBudgetExceededError
   */
  async connection<T extends object>(request: ListRequest<T>): Promise<Connection<T>> {
    const list = checkedList(request, this.#options);
    return openConnection(list, {
      page: () => readPage(this.#source, list),
      count: () => this.#counts.of(list.range, list.filter),
    });
  }

  /**
   * All items of a list, which nobody pages through.
   *
   * @throws WorkBudgetExceededError
   */
  all<T extends object>(request: Pick<ListRequest<T>, 'entity' | 'index' | 'composites'>): Promise<T[]> {
    return readAll(this.#source, checkedList({ ...request, args: {}, field: '' }, this.#options));
  }

  /**
   * From now on reads are consistent and see what was written.
   *
   * @param written items as they are since, which nobody needs to read; undefined for those deleted
   */
  afterWrite(written: ReadonlyMap<TableKey, Row | undefined> = new Map()): void {
    this.#reads.afterWrite(written);
    this.#counts.afterWrite();
  }

  /** From now on reads are consistent, for an operation that is to see what another one wrote. */
  readConsistently(): void {
    if (!this.#reads.wrote) this.afterWrite();
  }

  /** The entity that an item was read as. */
  entityOf(item: object): AnyEntity | undefined {
    return this.#entityOf.get(item);
  }

  #item<T extends object>(entity: AnyEntity<T>, row: Row | undefined): T | undefined {
    if (!row || isExpired(row, this.#options.clock.now())) return undefined;
    const item = entity.parse(row);
    if (item) this.#entityOf.set(item, entity);
    return item;
  }

  /** Whether an item needs a read that could bring more: not where it is known, nor by an index that may lag. */
  #mayComeAlong(entity: AnyEntity, id: string, wide: boolean): boolean {
    return !this.#reads.wrote && !this.#reads.knowsRow(entity.key(this.#options.org, id), { entity, wide });
  }

  #isKnown({ range, query, wanted }: List): boolean {
    return this.#reads.knowsQuery(range, query, [wanted]);
  }

  /** Nothing when its arguments are at fault: the connection will say what is wrong with them. */
  #ifValid(request: ListRequest): List[] {
    try {
      return [checkedList(request, this.#options)];
    } catch {
      return [];
    }
  }

  async #loadTogether<T extends object>(parent: AnyEntity<T>, id: string, list: List, wide: boolean) {
    const { range, options } = collectionQuery(parent, list);
    const key = parent.key(this.#options.org, id);
    const page = await this.#reads.query(range, options, [{ entity: parent, wide }, list.wanted], key);
    const children = childrenIn(page, key, list);
    if (children) this.#reads.answer(list.range, list.query, [list.wanted], children);
    // Where the index has no such parent yet, the table is asked.
    return this.load(parent, id, { wide });
  }
}

/** One list of those that begin by the same Query: one that needs all of the items, if any does. */
function distinct(lists: readonly List[]): List[] {
  const byQuery = new Map<string, List>();
  for (const list of lists.toSorted((a, b) => Number(isNarrow(b.wanted)) - Number(isNarrow(a.wanted))))
    byQuery.set(queryText(list.range, list.query), list);
  return [...byQuery.values()];
}
