import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
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
import type { Observer, QueryOptions, QueryPage, QueryRange, Table, TableCall } from './table.ts';

/** What a {@link Table} needs. */
export interface TableOptions {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly name: string;
  readonly clock: Clock;
  readonly observer?: Observer<TableCall>;
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

  observed(observer: Observer<TableCall>): Table {
    return new DynamoTable({ ...this.#options, observer: both(this.#options.observer, observer) });
  }

  async get(key: TableKey, { consistent = false } = {}): Promise<Row | undefined> {
    const { Item } = await this.#told(
      { operation: 'GetItem', target: keyText(key), consistent },
      () => this.#options.client.send(new GetCommand({ ...this.#base, Key: key, ConsistentRead: consistent })),
      (answer) => ({ items: answer.Item ? 1 : 0, capacity: units(answer.ConsumedCapacity) }),
    );
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
      const command = new BatchGetCommand({
        RequestItems: { [name]: { Keys: [...pending], ConsistentRead: consistent } },
        ReturnConsumedCapacity: 'TOTAL',
      });
      const { Responses, UnprocessedKeys } = await this.#told(
        { operation: 'BatchGetItem', target: pending.map(keyText).join(', '), consistent },
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

  async query(
    { index, pk, beginsWith, pattern }: QueryRange,
    { limit, after, reverse = false }: QueryOptions,
  ): Promise<QueryPage> {
    const command = new QueryCommand({
      ...this.#base,
      IndexName: index,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
      ExpressionAttributeNames: { '#pk': `${index}pk`, '#sk': `${index}sk` },
      ExpressionAttributeValues: { ':pk': pk, ':sk': beginsWith },
      Limit: limit,
      ScanIndexForward: !reverse,
      ...(after ? { ExclusiveStartKey: after } : {}),
    });
    const behind = after ? ` after ${after[`${index}sk`]}` : '';
    const { Items, LastEvaluatedKey } = await this.#told(
      {
        operation: 'Query',
        pattern,
        index,
        target: `${index}pk = ${pk} AND begins_with(${index}sk, ${beginsWith})${behind}`,
        limit,
        reverse,
      },
      () => this.#options.client.send(command),
      (answer) => ({
        scanned: answer.ScannedCount ?? 0,
        items: answer.Count ?? 0,
        capacity: units(answer.ConsumedCapacity),
      }),
    );
    return { rows: (Items ?? []) as Row[], more: LastEvaluatedKey !== undefined };
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
    const target = statementText(statement);
    const outcome = ({ ConsumedCapacity }: { readonly ConsumedCapacity?: ConsumedCapacity | undefined }) => ({
      items: 1,
      capacity: units(ConsumedCapacity),
    });
    if ('Update' in statement) {
      const command = new UpdateCommand({ ...statement.Update, ...this.#base, ...failure, ReturnValues: 'ALL_NEW' });
      const call = { operation: 'UpdateItem', target } as const;
      return (await this.#told(call, () => client.send(command), outcome)).Attributes as Row | undefined;
    }
    if ('Put' in statement) {
      const command = new PutCommand({ ...statement.Put, ...this.#base, ...failure });
      await this.#told({ operation: 'PutItem', target }, () => client.send(command), outcome);
    } else {
      const command = new DeleteCommand({ ...statement.Delete, ...this.#base, ...failure });
      await this.#told({ operation: 'DeleteItem', target }, () => client.send(command), outcome);
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
    await this.#told(
      { operation: 'TransactWriteItems', target: statements.map(statementText).join(', ') },
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
      await this.#untilProcessed(part, async (pending) => {
        const command = new BatchWriteCommand({
          RequestItems: { [name]: [...pending] },
          ReturnConsumedCapacity: 'TOTAL',
        });
        const { UnprocessedItems } = await this.#told(
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

  /** Sends a request, telling the observer of it and of its outcome. */
  async #told<Answer>(
    call: Omit<TableCall, 'items' | 'capacity'>,
    send: () => Promise<Answer>,
    outcome: (answer: Answer) => Pick<TableCall, 'items' | 'capacity' | 'scanned'>,
  ): Promise<Answer> {
    const tell = this.#options.observer?.();
    try {
      const answer = await send();
      tell?.({ ...call, ...outcome(answer) });
      return answer;
    } catch (error) {
      tell?.({ ...call, items: 0, capacity: 0, error: error instanceof Error ? error.name : String(error) });
      throw error;
    }
  }
}

const both = (outer: Observer<TableCall> | undefined, inner: Observer<TableCall>): Observer<TableCall> =>
  outer
    ? () => {
        const [tellOuter, tellInner] = [outer(), inner()];
        return (call) => {
          tellOuter(call);
          tellInner(call);
        };
      }
    : inner;

const units = (...consumed: readonly ({ readonly CapacityUnits?: number | undefined } | undefined)[]): number =>
  consumed.reduce((sum, part) => sum + (part?.CapacityUnits ?? 0), 0);

/** Runs of at most `size` items. */
export const chunk = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
