import type { AnyEntity } from '../../entities/model.ts';
import { isExpired, keyText, type Row } from '../../entities/statements.ts';
import type { QueryOptions, QueryRange, Table } from '../../entities/table.ts';
import { WorkBudgetExceededError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';
import type { Cursors } from './cursor.ts';
import { type ConnectionArgs, type PageRequest, pageRequest } from './page-args.ts';
import { Reads, textOf } from './reads.ts';

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
  /** All entities of the table, to tell which of them share a collection. */
  readonly entities: readonly AnyEntity[];
}

/** A page of a relation, asked for before its parent is there. */
export interface PageOfRelation {
  readonly entity: AnyEntity;
  readonly index: string;
  /** Composites after `org`. */
  readonly composites: Readonly<Record<string, string>>;
  readonly args: ConnectionArgs;
}

/** Items and connections as one GraphQL operation reads them; {@link Reads} says what that costs. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #reads: Reads;
  readonly #entityOf = new WeakMap<object, AnyEntity>();
  #rowsInVain = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#reads = new Reads(options.table);
  }

  /** The item of an id in the organization, or undefined when there is none or it has expired. */
  async load<T extends object>(entity: AnyEntity<T>, id: string): Promise<T | undefined> {
    return this.#item(entity, await this.#reads.row(entity.key(this.#options.org, id)));
  }

  /**
   * An item, and the first pages of relations that will be asked for next: their keys follow from the id alone, so they
   * are read at the same time, and one comes by the same Query as the item where a collection holds both. All of them
   * are waited for, so that what the item and its children refer to is asked for in one moment, by one BatchGet.
   */
  async loadWithPages<T extends object>(
    entity: AnyEntity<T>,
    id: string,
    pages: readonly PageOfRelation[],
  ): Promise<T | undefined> {
    const plans = new Map(
      pages.flatMap((page) => this.#plan(page)).map((plan) => [textOf(plan.range, plan.options), plan]),
    );
    const together = this.#reads.wrote ? undefined : plans.values().find((plan) => this.#holdsParent(entity, plan));
    const apart = [...plans.values()].filter((plan) => plan !== together);
    // What fails here fails again, and is told, where the page is asked for.
    const sent = apart.map(({ range, options }) => this.#reads.query(range, options).catch(() => undefined));
    const [item] = await Promise.all([
      together ? this.#loadTogether(entity, id, together) : this.load(entity, id),
      ...sent,
    ]);
    return item;
  }

  /** Items in the order of their ids; undefined where there is none. */
  loadMany<T extends object>(entity: AnyEntity<T>, ids: readonly string[]): Promise<(T | undefined)[]> {
    return Promise.all(ids.map((id) => this.load(entity, id)));
  }

  /** From now on reads are consistent and see what was written. */
  afterWrite(): void {
    this.#reads.afterWrite();
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
    const scope = JSON.stringify([field, range.index, range.pk, range.beginsWith]);
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
    const { cursors, workBudgetRows } = this.#options;
    const { size, direction, cursor, cursorArgument } = request;
    const found: { readonly row: Row; readonly item: T }[] = [];
    let after = cursor === undefined ? undefined : startKey(cursors.decode(cursor, scope, cursorArgument), range);
    // The last place with nothing found before it.
    let resume = cursor;
    for (let limit = size + 1; ; limit = Math.min(limit * 2, MAX_LIMIT, workBudgetRows - this.#rowsInVain)) {
      const { rows, more } = await this.#reads.query(range, {
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

  /** The Query that a page begins with; none when its arguments are at fault. */
  #plan({ entity, index, composites, args }: PageOfRelation): Plan[] {
    try {
      const { size, direction, cursor } = pageRequest(args);
      // Behind a cursor, the page itself decodes it.
      if (cursor !== undefined || size === 0) return [];
      const range = entity.range(index, { ...composites, org: this.#options.org });
      return [{ entity, index, composites, range, options: { limit: size + 1, reverse: direction === 'backward' } }];
    } catch {
      // The page will say what is wrong with its arguments.
      return [];
    }
  }

  /** True when a parent and the children of a plan are neighbours: the parent first, the children next. */
  #holdsParent(parent: AnyEntity, { entity, index, composites, range, options }: Plan): boolean {
    const { org, entities } = this.#options;
    const child = entity.indexes[index];
    if (!child?.collection || options.reverse || child.sk.some((name) => name in composites)) return false;
    const members = entities.flatMap((member) =>
      Object.entries(member.indexes)
        .filter(([, spec]) => spec.collection === child.collection)
        .map(([name, spec]) => ({ member, name, spec })),
    );
    const own = members.find(({ member }) => member === parent)?.spec;
    if (!own || own.index !== child.index || own.sk.length > 0 || own.pk.join() !== parent.name) return false;
    const others = members.filter(({ member }) => member !== parent && member !== entity);
    if (child.type === 'clustered') return others.length === 0;
    return others.every(({ member, name }) => range.beginsWith < member.range(name, { org, ...composites }).beginsWith);
  }

  async #loadTogether<T extends object>(parent: AnyEntity<T>, id: string, { entity, index, range, options }: Plan) {
    const name = entity.indexes[index]?.collection;
    const collection = { ...range, beginsWith: `$${name}#`, pattern: `${parent.name} with ${range.pattern}` };
    const { rows, more } = await this.#reads.query(collection, { ...options, limit: options.limit + 1 });
    const [first, ...rest] = rows;
    // The index may not have a new parent yet; then the table is asked for it, and the index for the children.
    if (first && keyText(first) === keyText(parent.key(this.#options.org, id))) {
      // Behind the children may stand those of another member of the collection.
      const end = rest.findIndex((row) => !String(row[`${range.index}sk`]).startsWith(range.beginsWith));
      this.#reads.answer(range, options, end === -1 ? { rows: rest, more } : { rows: rest.slice(0, end), more: false });
    }
    return this.load(parent, id);
  }
}

/** A page's first Query. */
interface Plan extends Omit<PageOfRelation, 'args'> {
  readonly range: QueryRange;
  readonly options: QueryOptions;
}

/** What a cursor holds of a row: the rest of its keys follows from the range that the cursor is bound to. */
const positionOf = (row: Row, { index }: QueryRange): string[] => [String(row[`${index}sk`]), row.pk, row.sk];

function startKey(
  [sort, pk, sk]: readonly (string | number)[],
  { index, pk: partition }: QueryRange,
): Record<string, string> {
  return { [`${index}pk`]: partition, [`${index}sk`]: String(sort), pk: String(pk), sk: String(sk) };
}
