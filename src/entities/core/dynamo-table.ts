import { type ConsumedCapacity, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandOutput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../../errors.ts';
import { projection, queryInput } from './query-input.ts';
import { ATTEMPTS, both, chunk, Sender, type TableOptions, units } from './sender.ts';
import {
  collided,
  conditionFailed,
  type Delete,
  keyText,
  type Put,
  type Row,
  type Statement,
  statementText,
  type TableKey,
  type Update,
} from './statements.ts';
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
  StartKey,
  TableCall,
} from './table.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const BATCH_GET_KEYS = 100;
const BATCH_WRITE_ITEMS = 25;

/** The table behind a document client. */
export function createTable(options: TableOptions): ScannableTable {
  return new DynamoTable(options);
}

class DynamoTable implements ScannableTable {
  readonly #options: TableOptions;
  readonly #sender: Sender;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#sender = new Sender(options);
  }

  observed(observer: Observer<TableCall>): ScannableTable {
    return new DynamoTable({ ...this.#options, observer: both(this.#options.observer, observer) });
  }

  async get(key: TableKey, { consistent = false, attributes }: ReadOptions = {}): Promise<Row | undefined> {
    const input = { ...this.#sender.base, Key: key, ConsistentRead: consistent, ...projection(attributes) };
    const { Item } = await this.#sender.told(
      { operation: 'GetItem', target: keyText(key), keys: [key], consistent, ...(attributes ? { attributes } : {}) },
      () => this.#options.client.send(new GetCommand(input)),
      (answer) => ({ items: answer.Item ? 1 : 0, capacity: units(answer.ConsumedCapacity) }),
    );
    return Item as Row | undefined;
  }

  async batchGet(keys: readonly TableKey[], options: ReadOptions = {}): Promise<Row[]> {
    const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
    const parts = chunk(distinct, BATCH_GET_KEYS);
    return (await Promise.all(parts.map((part) => this.#batchGetChunk(part, options)))).flat();
  }

  async #batchGetChunk(keys: readonly TableKey[], { consistent = false, attributes }: ReadOptions): Promise<Row[]> {
    const { client, name } = this.#options;
    const found: Row[] = [];
    await this.#sender.untilProcessed(keys, async (pending) => {
      const request = { Keys: [...pending], ConsistentRead: consistent, ...projection(attributes) };
      const command = new BatchGetCommand({ RequestItems: { [name]: request }, ReturnConsumedCapacity: 'TOTAL' });
      const { Responses, UnprocessedKeys } = await this.#sender.told(
        {
          operation: 'BatchGetItem',
          target: pending.map(keyText).join(', '),
          keys: pending,
          consistent,
          ...(attributes ? { attributes } : {}),
        },
        () => client.send(command),
        (answer) => ({
          items: answer.Responses?.[name]?.length ?? 0,
          capacity: units(...(answer.ConsumedCapacity ?? [])),
        }),
      );
      found.push(...((Responses?.[name] ?? []) as Row[]));
      return (UnprocessedKeys?.[name]?.Keys ?? []) as TableKey[];
    });
    return found;
  }

  async query(range: QueryRange, { reverse = false, ...options }: QueryOptions): Promise<QueryPage> {
    const query = queryInput(range, options);
    if (!query) return { rows: [], scanned: 0 };
    const command = new QueryCommand({ ...this.#sender.base, ...query.input, ScanIndexForward: !reverse });
    const send = () => this.#options.client.send(command);
    const answer = await this.#sender.told({ ...query.call, reverse }, send, outcomeOf);
    return { rows: (answer.Items ?? []) as Row[], ...progressOf(answer) };
  }

  async count(range: QueryRange, options: CountOptions): Promise<CountPage> {
    const query = queryInput(range, options);
    if (!query) return { count: 0, scanned: 0 };
    const command = new QueryCommand({ ...this.#sender.base, ...query.input, Select: 'COUNT' });
    const send = () => this.#options.client.send(command);
    const answer = await this.#sender.told({ ...query.call, counts: true }, send, outcomeOf);
    return { count: answer.Count ?? 0, ...progressOf(answer) };
  }

  async scan({ segment, segments, limit, after }: ScanOptions): Promise<ScanPage> {
    const command = new ScanCommand({
      ...this.#sender.base,
      ConsistentRead: true,
      Segment: segment,
      TotalSegments: segments,
      Limit: limit,
      ...(after ? { ExclusiveStartKey: after } : {}),
    });
    const {
      Items = [],
      LastEvaluatedKey,
      ConsumedCapacity,
    } = await this.#sender.told(
      { operation: 'Scan', target: `segment ${segment} of ${segments}`, consistent: true, limit },
      () => this.#options.client.send(command),
      outcomeOf,
    );
    return {
      rows: Items as Row[],
      ...(LastEvaluatedKey ? { next: LastEvaluatedKey as StartKey } : {}),
      capacity: units(ConsumedCapacity),
    };
  }

  async approximateRows(): Promise<number> {
    const { client, name } = this.#options;
    const { Table: table } = await this.#sender.told(
      { operation: 'DescribeTable', target: name },
      () => client.send(new DescribeTableCommand({ TableName: name })),
      () => ({ items: 0, capacity: 0 }),
    );
    return table?.ItemCount ?? 0;
  }

  async write(statements: readonly Statement[]): Promise<Row | undefined> {
    const [only] = statements;
    if (!only) return undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        const alone = statements.length === 1 && !('ConditionCheck' in only);
        return alone ? await this.#writeOne(only) : await this.#transact(statements);
      } catch (error) {
        if (!collided(error)) throw conditionFailed(error) ?? error;
        if (attempt === ATTEMPTS)
          throw new UnavailableError('other writes kept the items busy; try again', { cause: error });
        await this.#options.clock.backOff(attempt);
      }
    }
  }

  async #writeOne(statement: Put | Update | Delete): Promise<Row | undefined> {
    const { client } = this.#options;
    const failure = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    const written = { target: statementText(statement), statements: [statement] };
    const outcome = ({ ConsumedCapacity }: { readonly ConsumedCapacity?: ConsumedCapacity | undefined }) => ({
      items: 1,
      capacity: units(ConsumedCapacity),
    });
    if ('Update' in statement) {
      const command = new UpdateCommand({
        ...statement.Update,
        ...this.#sender.base,
        ...failure,
        ReturnValues: 'ALL_NEW',
      });
      const call = { operation: 'UpdateItem', ...written } as const;
      return (await this.#sender.told(call, () => client.send(command), outcome)).Attributes as Row | undefined;
    }
    if ('Put' in statement) {
      const command = new PutCommand({ ...statement.Put, ...this.#sender.base, ...failure });
      await this.#sender.told({ operation: 'PutItem', ...written }, () => client.send(command), outcome);
    } else {
      const command = new DeleteCommand({ ...statement.Delete, ...this.#sender.base, ...failure });
      await this.#sender.told({ operation: 'DeleteItem', ...written }, () => client.send(command), outcome);
    }
    return undefined;
  }

  async #transact(statements: readonly Statement[]): Promise<undefined> {
    const { client, name } = this.#options;
    const input: TransactWriteCommandInput = {
      ReturnConsumedCapacity: 'TOTAL',
      // Each statement is what TransactWriteItems takes, less the table's name and the item to return on failure.
      TransactItems: statements.map((statement) =>
        Object.fromEntries(
          Object.entries(statement).map(([kind, body]) => [
            kind,
            { ...body, TableName: name, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
          ]),
        ),
      ) as NonNullable<TransactWriteCommandInput['TransactItems']>,
    };
    await this.#sender.told(
      { operation: 'TransactWriteItems', target: statements.map(statementText).join(', '), statements },
      () => client.send(new TransactWriteCommand(input)),
      (answer) => ({ items: statements.length, capacity: units(...(answer.ConsumedCapacity ?? [])) }),
    );
    return undefined;
  }

  async batchWrite(statements: readonly (Put | Delete)[]): Promise<void> {
    const { client, name } = this.#options;
    const requests = statements.map((statement) =>
      'Put' in statement
        ? { PutRequest: { Item: statement.Put.Item } }
        : { DeleteRequest: { Key: statement.Delete.Key } },
    );
    for (const part of chunk(requests, BATCH_WRITE_ITEMS)) {
      await this.#sender.untilProcessed(part, async (pending) => {
        const command = new BatchWriteCommand({
          RequestItems: { [name]: [...pending] },
          ReturnConsumedCapacity: 'TOTAL',
        });
        const { UnprocessedItems } = await this.#sender.told(
          { operation: 'BatchWriteItem', target: name },
          () => client.send(command),
          (answer) => ({
            items: pending.length - (answer.UnprocessedItems?.[name]?.length ?? 0),
            capacity: units(...(answer.ConsumedCapacity ?? [])),
          }),
        );
        return (UnprocessedItems?.[name] ?? []) as typeof requests;
      });
    }
  }
}

const outcomeOf = ({ ScannedCount, Count, ConsumedCapacity }: QueryCommandOutput | ScanCommandOutput) => ({
  scanned: ScannedCount ?? 0,
  items: Count ?? 0,
  capacity: units(ConsumedCapacity),
});

// Keys are text in this table.
const progressOf = ({ ScannedCount = 0, LastEvaluatedKey }: QueryCommandOutput) => ({
  scanned: ScannedCount,
  ...(LastEvaluatedKey ? { next: LastEvaluatedKey as StartKey } : {}),
});
