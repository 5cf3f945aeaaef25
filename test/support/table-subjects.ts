import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { inject } from 'vitest';
import { readStackFile } from '../../dev/stack-file.ts';
import { memoryCheckpoint } from '../../dev/stream/checkpoint.ts';
import { StreamPoller } from '../../dev/stream/poller.ts';
import { ensureTable } from '../../dev/table.ts';
import { createTable } from '../../src/entities/core/dynamo-table.ts';
import type { ScannableTable } from '../../src/entities/core/table.ts';
import { realLogger } from '../../src/logger.ts';
import { type Clock, realClock } from '../../src/runtime.ts';
import { dynamoOptions } from '../../src/services.ts';
import { driven } from '../simulation/driven.ts';
import { createMeilisearchModel } from '../simulation/meilisearch-model.ts';
import { createNetwork } from '../simulation/network.ts';
import { createTableModel } from '../simulation/table-model.ts';
import { createWorld } from '../simulation/world.ts';

/** A table that a contract is tried on: a real one or the model. */
export interface TableSubject {
  readonly table: ScannableTable;
  /** By which time passes for the table. */
  readonly clock: Clock;
  /** What its stream has delivered so far; more may be on its way. */
  readonly records: readonly DynamoDBRecord[];
  stop(): Promise<void>;
}

/** A table in the tests' DynamoDB. */
async function realSubject(): Promise<TableSubject> {
  const name = `contract-${randomUUID()}`;
  const options = dynamoOptions({ dynamodbEndpoint: inject('dynamodb') });
  const client = new DynamoDBClient(options);
  const clock = realClock();
  const stack = await readStackFile();
  const records: DynamoDBRecord[] = [];
  const poller = new StreamPoller({
    client: new DynamoDBStreamsClient(options),
    streamArn: await ensureTable(client, name, stack, clock),
    mapping: { ...stack.eventSource, filterPatterns: [] },
    invoke: async ({ Records }) => {
      records.push(...Records);
      return { batchItemFailures: [] };
    },
    checkpoint: memoryCheckpoint(),
    onDiscarded: async () => undefined,
    clock,
    log: realLogger({ level: 'silent' }),
  });
  poller.start();
  const document = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    table: createTable({ client: document, name, clock }),
    clock,
    records,
    async stop() {
      await poller.stop();
      await client.send(new DeleteTableCommand({ TableName: name }));
      client.destroy();
    },
  };
}

/** The table of a world without faults. */
async function modelSubject(): Promise<TableSubject> {
  const world = createWorld(1);
  const model = createTableModel(world);
  const network = createNetwork(world, { engine: createMeilisearchModel(world), table: model });
  const process = world.process('contract');
  const records: DynamoDBRecord[] = [];
  model.stream.subscribe((_shard, { record }) => records.push(record));
  return {
    table: driven(world, network.table(process)),
    clock: driven(world, process.clock),
    records,
    stop: async () => undefined,
  };
}

/** Both, each by its name. */
export const tableSubjects: readonly [name: string, open: () => Promise<TableSubject>][] = [
  ['DynamoDB', realSubject],
  ['the model', modelSubject],
];
