import {
  type Delete,
  keyText,
  type Put,
  type Row,
  type Statement,
  type TableKey,
} from '../../src/entities/core/statements.ts';
import type {
  CountOptions,
  CountPage,
  Observer,
  QueryOptions,
  QueryPage,
  QueryRange,
  ReadOptions,
  ScannableTable,
  ScanOptions,
  ScanPage,
  TableCall,
} from '../../src/entities/core/table.ts';
import { UnavailableError } from '../../src/errors.ts';
import type { Fault, Faults } from './faults.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Random } from './random.ts';
import type { TableModel } from './table-model.ts';
import type { World } from './world.ts';

/** What lies between a client and the table. */
export interface TableClientOptions {
  readonly world: World;
  readonly server: TableModel;
  readonly faults: Faults;
  readonly random: Random;
  /** What the process does to every service that it has. */
  readonly wrap: (table: ScannableTable) => ScannableTable;
  readonly observer?: Observer<TableCall>;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const BATCH_GET_KEYS = 100;
const BATCH_WRITE_ITEMS = 25;
/** How long the real client tries, all its attempts together. */
const PATIENCE_MS = 15_000;
const SLOW_MS = 4_000;

const READ = ['table.throttled', 'table.lostRequest', 'table.slow'] as const;
const WRITE = [...READ, 'table.lostAnswer'] as const;

/** The table as a process far from it sees it. */
export class TableClient implements ScannableTable {
  readonly #options: TableClientOptions;

  constructor(options: TableClientOptions) {
    this.#options = options;
  }

  get(key: TableKey, options?: ReadOptions): Promise<Row | undefined> {
    return this.#send(READ, () => this.#options.server.get(key, options));
  }

  /** Not even the items of one request are read at one moment. */
  async batchGet(keys: readonly TableKey[], options?: ReadOptions): Promise<Row[]> {
    const { server, random } = this.#options;
    const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
    const reads: Promise<Row[]>[] = [];
    for (let from = 0, to = 0; from < distinct.length; from = to) {
      to = random.chance(0.2) ? random.integer(from + 1, from + BATCH_GET_KEYS) : from + BATCH_GET_KEYS;
      const part = distinct.slice(from, to);
      reads.push(this.#send(READ, () => part.flatMap((key) => server.get(key, options) ?? [])));
    }
    const rows = (await Promise.all(reads)).flat();
    this.#tell('BatchGetItem', rows.length, distinct.length * (options?.consistent ? 1 : 0.5));
    return rows;
  }

  async query(range: QueryRange, options: QueryOptions): Promise<QueryPage> {
    if (isEmpty(range)) return { rows: [], scanned: 0 };
    return this.#send(READ, () => this.#options.server.query(range, options));
  }

  async count(range: QueryRange, options: CountOptions): Promise<CountPage> {
    const { rows, ...progress } = await this.query(range, options);
    return { count: rows.length, ...progress };
  }

  async scan(options: ScanOptions): Promise<ScanPage> {
    const page = await this.#send(READ, () => this.#options.server.scan(options));
    this.#tell('Scan', page.rows.length, page.capacity);
    return page;
  }

  /** Nothing: DynamoDB has not counted yet. */
  approximateRows(): Promise<number> {
    return this.#send(READ, () => 0);
  }

  async write(statements: readonly Statement[]): Promise<Row | undefined> {
    if (statements.length === 0) return undefined;
    // A transaction has a token by which DynamoDB knows the client's second attempt.
    const faults = statements.length === 1 ? ([...WRITE, 'table.resent'] as const) : WRITE;
    return this.#send(faults, () => this.#options.server.write(statements));
  }

  async batchWrite(statements: readonly (Put | Delete)[]): Promise<void> {
    const { server, faults, random } = this.#options;
    for (let from = 0; from < statements.length; from += BATCH_WRITE_ITEMS) {
      const part = statements.slice(from, from + BATCH_WRITE_ITEMS);
      const isPartial = faults.occurs('table.partial');
      const written = isPartial ? part.slice(0, random.integer(0, part.length - 1)) : part;
      await this.#send(WRITE, () => {
        for (const statement of written) server.writeAlways(statement);
        if (isPartial) throw new UnavailableError('DynamoDB left items unprocessed');
      });
    }
  }

  /** Tells of scans and what is read by keys, for those who pay for them, once it is answered. */
  observed(observer: Observer<TableCall>): ScannableTable {
    const { wrap } = this.#options;
    return wrap(new TableClient({ ...this.#options, observer }));
  }

  #tell(operation: TableCall['operation'], items: number, capacity: number): void {
    this.#options.observer?.()({ operation, target: '', items, capacity });
  }

  #send<T>(faults: readonly Fault[], perform: () => T): Promise<T> {
    const { world, random } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const fail = (afterMs: number) =>
      world.schedule(afterMs, () => reject(new UnavailableError('the table did not answer; try again in a moment')));
    const answer = (outcome: Outcome<T>) =>
      world.schedule(random.latency(), () => ('value' in outcome ? resolve(outcome.value) : reject(outcome.refusal)));
    const fault = this.#options.faults.oneOf(faults);
    const thereMs = random.latency();
    switch (fault) {
      case 'table.throttled':
        fail(thereMs + random.between(1, 1_000));
        break;
      case 'table.slow':
        world.schedule(random.between(0, SLOW_MS), () => {
          const outcome = outcomeOf(perform);
          world.schedule(random.between(0, SLOW_MS), () => answer(outcome));
        });
        break;
      case 'table.lostRequest':
        fail(random.between(1, PATIENCE_MS));
        break;
      case 'table.lostAnswer':
        fail(thereMs + random.between(1, PATIENCE_MS));
        world.schedule(thereMs, () => void outcomeOf(perform));
        break;
      case 'table.resent':
        world.schedule(thereMs, () => void outcomeOf(perform));
        world.schedule(thereMs + random.between(1, PATIENCE_MS), () => answer(outcomeOf(perform)));
        break;
      default:
        world.schedule(thereMs, () => answer(outcomeOf(perform)));
    }
    if (fault) world.trace(fault, '');
    return promise;
  }
}

const isEmpty = ({ between }: QueryRange): boolean => between !== undefined && between[0] > between[1];
