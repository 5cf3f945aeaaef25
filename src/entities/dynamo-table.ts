import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';
import type { Clock } from '../runtime.ts';
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

import type { QueryOptions, QueryPage, QueryRange, Table, TableCall } from './table.ts';

/** What a {@link Table} needs. */
export interface TableOptions {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly name: string;
  readonly clock: Clock;
  readonly listener?: (call: TableCall) => void;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const BATCH_GET_KEYS = 100;
const BATCH_WRITE_ITEMS = 25;
const ATTEMPTS = 8;

/** The table behind a document client. */
export function createTable(options: TableOptions): Table {
  return new DynamoTable(options);
}

class DynamoTable implements Table {
  readonly #options: TableOptions;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  observed(listener: (call: TableCall) => void): Table {
    const outer = this.#options.listener;
    return new DynamoTable({
      ...this.#options,
      listener: (call) => {
        outer?.(call);
        listener(call);
      },
    });
  }

  async get(key: TableKey, { consistent = false } = {}): Promise<Row | undefined> {
    const { Item, ConsumedCapacity } = await this.#options.client.send(
      new GetCommand({ ...this.#base, Key: key, ConsistentRead: consistent }),
    );
    this.#tell({
      operation: 'GetItem',
      target: keyText(key),
      consistent,
      items: Item ? 1 : 0,
      capacity: units(ConsumedCapacity),
    });
    return Item as Row | undefined;
  }

  async batchGet(keys: readonly TableKey[], { consistent = false } = {}): Promise<Row[]> {
    const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
    if (distinct.length === 0) return [];
    const chunks = await Promise.all(
      chunk(distinct, BATCH_GET_KEYS).map((part) => this.#batchGetChunk(part, consistent)),
    );
    return chunks.flat();
  }

  async #batchGetChunk(keys: readonly TableKey[], consistent: boolean): Promise<Row[]> {
    const { client, name } = this.#options;
    const found: Row[] = [];
    await this.#untilProcessed(keys, async (pending) => {
      const { Responses, UnprocessedKeys, ConsumedCapacity } = await client.send(
        new BatchGetCommand({
          RequestItems: { [name]: { Keys: [...pending], ConsistentRead: consistent } },
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      const rows = (Responses?.[name] ?? []) as Row[];
      found.push(...rows);
      const target = pending.map(keyText).join(', ');
      this.#tell({
        operation: 'BatchGetItem',
        target,
        consistent,
        items: rows.length,
        capacity: units(...(ConsumedCapacity ?? [])),
      });
      return (UnprocessedKeys?.[name]?.Keys ?? []) as TableKey[];
    });
    return found;
  }

  async query(
    { index, pk, beginsWith }: QueryRange,
    { limit, after, reverse = false }: QueryOptions,
  ): Promise<QueryPage> {
    const { Items, LastEvaluatedKey, ConsumedCapacity } = await this.#options.client.send(
      new QueryCommand({
        ...this.#base,
        IndexName: index,
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
        ExpressionAttributeNames: { '#pk': `${index}pk`, '#sk': `${index}sk` },
        ExpressionAttributeValues: { ':pk': pk, ':sk': beginsWith },
        Limit: limit,
        ScanIndexForward: !reverse,
        ...(after ? { ExclusiveStartKey: after } : {}),
      }),
    );
    const rows = (Items ?? []) as Row[];
    this.#tell({
      operation: 'Query',
      index,
      target: `${index}pk = ${pk} AND begins_with(${index}sk, ${beginsWith})${after ? ` after ${after[`${index}sk`]}` : ''}`,
      limit,
      reverse,
      items: rows.length,
      capacity: units(ConsumedCapacity),
    });
    return { rows, more: LastEvaluatedKey !== undefined };
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
    if ('Update' in statement) {
      const { Attributes, ConsumedCapacity } = await client.send(
        new UpdateCommand({ ...statement.Update, ...this.#base, ...failure, ReturnValues: 'ALL_NEW' }),
      );
      this.#tell({
        operation: 'UpdateItem',
        target: statementText(statement),
        items: 1,
        capacity: units(ConsumedCapacity),
      });
      return Attributes as Row | undefined;
    }
    const { ConsumedCapacity } =
      'Put' in statement
        ? await client.send(new PutCommand({ ...statement.Put, ...this.#base, ...failure }))
        : await client.send(new DeleteCommand({ ...statement.Delete, ...this.#base, ...failure }));
    const operation = 'Put' in statement ? 'PutItem' : 'DeleteItem';
    this.#tell({ operation, target: statementText(statement), items: 1, capacity: units(ConsumedCapacity) });
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
    const { ConsumedCapacity } = await client.send(new TransactWriteCommand(input));
    const target = statements.map(statementText).join(', ');
    const capacity = units(...(ConsumedCapacity ?? []));
    this.#tell({ operation: 'TransactWriteItems', target, items: statements.length, capacity });
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
      await this.#untilProcessed(part, async (pending) => {
        const { UnprocessedItems, ConsumedCapacity } = await client.send(
          new BatchWriteCommand({ RequestItems: { [name]: [...pending] }, ReturnConsumedCapacity: 'TOTAL' }),
        );
        const items = pending.length - (UnprocessedItems?.[name]?.length ?? 0);
        this.#tell({ operation: 'BatchWriteItem', target: name, items, capacity: units(...(ConsumedCapacity ?? [])) });
        return (UnprocessedItems?.[name] ?? []) as typeof requests;
      });
    }
  }

  /** Sends again what DynamoDB left unprocessed, ever later, until nothing is left. */
  async #untilProcessed<T>(all: readonly T[], send: (pending: readonly T[]) => Promise<readonly T[]>): Promise<void> {
    let pending = all;
    for (let attempt = 1; ; attempt++) {
      pending = await send(pending);
      if (pending.length === 0) return;
      if (attempt === ATTEMPTS)
        throw new UnavailableError(`DynamoDB left ${pending.length} items unprocessed ${ATTEMPTS} times`);
      await this.#options.clock.backOff(attempt);
    }
  }

  get #base() {
    return { TableName: this.#options.name, ReturnConsumedCapacity: 'TOTAL' } as const;
  }

  #tell(call: TableCall): void {
    this.#options.listener?.(call);
  }
}

const units = (...consumed: readonly ({ readonly CapacityUnits?: number | undefined } | undefined)[]): number =>
  consumed.reduce((sum, part) => sum + (part?.CapacityUnits ?? 0), 0);

/** Runs of at most `size` items. */
export const chunk = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
