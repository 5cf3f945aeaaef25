import DataLoader from 'dataloader';
import { keyText, type Row, type TableKey } from '../../entities/core/statements.ts';
import type { QueryOptions, QueryPage, QueryRange, ReadOptions, Table } from '../../entities/core/table.ts';
import { WorkBudgetExceededError } from '../../errors.ts';
import { isNarrow, narrowness, projectionOf, type Wanted } from './projection.ts';
import type { WorkBudget } from './work-budget.ts';

/** How to read a range. Which attributes follows from what is wanted of the items. */
export type RangeOptions = Omit<QueryOptions, 'attributes'>;

/** Reads one item. */
interface RowRead {
  readonly kind: 'row';
  readonly key: TableKey;
  readonly wanted: readonly Wanted[];
}

/** Sends one Query. */
interface QueryRead {
  readonly kind: 'query';
  readonly range: QueryRange;
  readonly options: RangeOptions;
  readonly wanted: readonly Wanted[];
  /** The key of an item that stands in the range, so that nobody needs to ask for it by key at the same time. */
  readonly brings?: TableKey | undefined;
}

type Read = RowRead | QueryRead;
type Answer = Row | undefined | QueryPage;

/**
 * What one GraphQL operation reads of the table, each only once: equal Queries are one, and what a Query brought is not
 * fetched again by key. All of it is charged on the work budget. A row without its wide attributes is never given out for
 * a whole one. After a write, items are read anew and consistently, but for those written.
 *
 * What is asked for in one moment is sent in one moment, items of all entities by one BatchGet, and answered in one
 * moment, when all of it is there: so what it refers to is again asked for in one moment, and a level of the GraphQL
 * document costs one round trip however many Queries it takes.
 */
export class Reads {
  readonly #table: Table;
  readonly #budget: WorkBudget;
  /** What has been asked for, by its cache key. */
  readonly #known = new Map<string, Promise<Answer>>();
  /** Which of it is there or on its way. */
  readonly #sent = new Set<string>();
  readonly #loader: DataLoader<Read, Answer, string>;
  #wrote = false;

  constructor(table: Table, budget: WorkBudget) {
    this.#table = table;
    this.#budget = budget;
    this.#loader = new DataLoader((reads) => this.#send(reads), { cacheKeyFn: cacheKey, cacheMap: this.#known });
  }

  /** True once the operation has written: secondary indexes may lag behind what it wrote. */
  get wrote(): boolean {
    return this.#wrote;
  }

  /** The row of a key. */
  row(key: TableKey, wanted: Wanted): Promise<Row | undefined> {
    // A RowRead is answered with a row.
    return this.#load({ kind: 'row', key, wanted: [wanted] }) as Promise<Row | undefined>;
  }

  /** The rows of a range, which are of these entities. */
  query(range: QueryRange, options: RangeOptions, wanted: readonly Wanted[], brings?: TableKey): Promise<QueryPage> {
    // A QueryRead is answered with a page.
    return this.#load({ kind: 'query', range, options, wanted, brings }) as Promise<QueryPage>;
  }

  /** True when the row of a key is there or on its way, so that asking for it costs nothing. */
  knowsRow(key: TableKey, wanted: Wanted): boolean {
    return this.#knows({ kind: 'row', key, wanted: [wanted] });
  }

  /** True when the rows of a range are there or on their way. */
  knowsQuery(range: QueryRange, options: RangeOptions, wanted: readonly Wanted[]): boolean {
    return this.#knows({ kind: 'query', range, options, wanted });
  }

  /** Takes a page that came by another Query for the answer to this one. */
  answer(range: QueryRange, options: RangeOptions, wanted: readonly Wanted[], page: QueryPage): void {
    this.#remember(cacheKey({ kind: 'query', range, options, wanted }), page);
  }

  /** From now on everything is read anew, but for what has been written. @param row undefined when it was deleted */
  afterWrite(written: ReadonlyMap<TableKey, Row | undefined>): void {
    this.#wrote = true;
    this.#loader.clearAll();
    this.#sent.clear();
    for (const [key, row] of written) this.#remember(cacheKey({ kind: 'row', key, wanted: [] }), row);
  }

  #knows(read: Read): boolean {
    return this.#sent.has(textOf(read)) || this.#sent.has(cacheKey(read));
  }

  #load(read: Read): Promise<Answer> {
    // Not by the loader, which would keep back what is known until its next batch is answered.
    return this.#known.get(textOf(read)) ?? this.#known.get(cacheKey(read)) ?? this.#loader.load(read);
  }

  async #send(reads: readonly Read[]): Promise<(Answer | Error)[]> {
    for (const read of reads) this.#sent.add(cacheKey(read));
    const queries = Map.groupBy(
      reads.filter((read) => read.kind === 'query'),
      textOf,
    );
    const bringing = new Map(
      [...queries].flatMap(([text, same]) => same.flatMap(({ brings }) => (brings ? [[keyText(brings), text]] : []))),
    );
    const { along = [], alone = [] } = Object.groupBy(
      reads.filter((read) => read.kind === 'row'),
      ({ key }) => (bringing.has(keyText(key)) ? 'along' : 'alone'),
    );
    const rows = this.#batch(alone);
    const pages = new Map(
      [...queries].map(([text, same]) => {
        const brought = along.filter(({ key }) => bringing.get(keyText(key)) === text);
        return [text, this.#query(same, brought)] as const;
      }),
    );
    const answers = reads.map((read) => {
      if (read.kind === 'query') return pages.get(textOf(read));
      const page = pages.get(bringing.get(keyText(read.key)) ?? '');
      return page ? page.then((found) => this.#rowIn(found, read)) : rows.then((found) => found.get(keyText(read.key)));
    });
    const settled = await Promise.allSettled(answers);
    // DataLoader knows a failure by its class.
    return settled.map((each) => (each.status === 'fulfilled' ? each.value : asError(each.reason)));
  }

  /** The row that a Query was to bring; by its key where the index has not got it yet. */
  async #rowIn({ rows }: QueryPage, read: RowRead): Promise<Row | Error | undefined> {
    const text = keyText(read.key);
    return rows.find((row) => keyText(row) === text) ?? (await this.#batch([read])).get(text);
  }

  /** As many as the work budget takes; in the place of the others, why they are not there. */
  async #batch(reads: readonly RowRead[]): Promise<Map<string, Row | Error>> {
    const keys = [...new Map(reads.map(({ key }) => [keyText(key), key])).values()];
    if (keys.length === 0) return new Map();
    const options = { consistent: this.#wrote, attributes: projectionOf(reads.flatMap(({ wanted }) => wanted)) };
    const found = new Map<string, Row | Error>();
    await this.#budget.spend({
      rows: keys.length,
      send: async (granted) => {
        for (const row of await this.#get(keys.slice(0, granted), options)) found.set(keyText(row), row);
        const error = new WorkBudgetExceededError(this.#budget.rows);
        for (const key of keys.slice(granted)) found.set(keyText(key), error);
        return granted;
      },
      read: (granted) => granted,
    });
    return found;
  }

  async #get(keys: readonly TableKey[], options: ReadOptions): Promise<readonly Row[]> {
    const [only, ...more] = keys;
    if (!only || more.length > 0) return this.#table.batchGet(keys, options);
    const row = await this.#table.get(only, options);
    return row ? [row] : [];
  }

  /** Equal Queries, of which some may need more of the items than others, and items that they bring. */
  async #query(same: readonly QueryRead[], brought: readonly RowRead[]): Promise<QueryPage> {
    const [first] = same;
    if (!first) throw new Error('a Query that nobody asked for');
    const wanted = [...same, ...brought].flatMap((read) => read.wanted);
    const attributes = projectionOf(wanted);
    const page = await this.#budget.spend({
      rows: first.options.limit,
      // Of a parent without a child nothing could go on: its key is not in the children's range.
      atLeast: same.some(({ brings }) => brings) ? 2 : 1,
      send: (limit) => this.#table.query(first.range, { ...first.options, limit, attributes }),
      read: ({ scanned }) => scanned,
    });
    // An index may be older than the table, which matters once the operation has written.
    if (!this.#wrote) for (const row of page.rows) this.#prime(row, attributes ? wanted : undefined);
    return page;
  }

  /** @param wanted what was asked for of each entity; undefined when rows came whole */
  #prime(row: Row, wanted: readonly Wanted[] | undefined): void {
    const own = wanted?.filter(({ entity }) => entity.name === row['__edb_e__']);
    // Of an entity that nobody asked for, the row lacks more than its wide attributes.
    if (own?.length === 0) return;
    const isWhole = !own || own.some((each) => !isNarrow(each));
    this.#remember(cacheKey({ kind: 'row', key: row, wanted: isWhole ? [] : own }), row);
  }

  #remember(key: string, answer: Answer): void {
    this.#sent.add(key);
    if (!this.#known.has(key)) this.#known.set(key, Promise.resolve(answer));
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** A Query as text: equal for Queries of the same rows. */
export const queryText = (range: QueryRange, { limit, after, reverse = false, filter }: RangeOptions): string =>
  JSON.stringify([range, limit, after, reverse, filter]);

/** A read as text: equal for reads of the same rows. */
const textOf = (read: Read): string => (read.kind === 'row' ? keyText(read.key) : queryText(read.range, read.options));

/** Equal for reads that have the same answer; for whole items, it is the read's text. */
const cacheKey = (read: Read): string => `${textOf(read)}${narrowness(read.wanted)}`;
