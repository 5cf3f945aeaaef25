import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../src/runtime.ts';
import { UsageError } from './arguments.ts';
import type { StackFile } from './stack-file.ts';

/**
 * Creates the table as `serverless.yml` defines it, unless it exists.
 *
 * @returns the ARN of its stream
 * @throws UsageError when there is a table of this name that `serverless.yml` defines otherwise
 */
export async function ensureTable(
  client: DynamoDBClient,
  name: string,
  stack: StackFile,
  clock: Clock,
): Promise<string> {
  const definition = stack.table(name);
  let table = (await describe(client, name)) ?? (await create(client, definition));
  for (let attempt = 1; table?.TableStatus !== 'ACTIVE'; attempt++) {
    await clock.backOff(attempt);
    table = await describe(client, name);
  }
  const [found, defined] = [shapeOf(table), shapeOf(definition)];
  if (!table.LatestStreamArn || found !== defined) {
    const problem = found === defined ? 'it has no stream' : `its keys are "${found}", not "${defined}"`;
    throw new UsageError(
      `the table "${name}" is not the one that serverless.yml defines: ${problem}; ` +
        'begin anew with "npm run dev -- --reset", or delete the table on your own server',
    );
  }
  await ensureTimeToLive(client, name, stack);
  return table.LatestStreamArn;
}

async function create(client: DynamoDBClient, definition: CreateTableCommandInput) {
  try {
    return (await client.send(new CreateTableCommand(definition))).TableDescription;
  } catch (error) {
    // Somebody else was faster; theirs is looked at like any other.
    if (error instanceof ResourceInUseException) return undefined;
    throw error;
  }
}

/** Apart from creating, since a kill may have come between the two. */
async function ensureTimeToLive(client: DynamoDBClient, name: string, { timeToLive }: StackFile): Promise<void> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  if (TimeToLiveDescription?.AttributeName === timeToLive.AttributeName) return;
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: timeToLive }));
}

/** The keys of a table and its indexes, such as `pk, sk; gsi1: gsi1pk, gsi1sk`. */
function shapeOf({
  KeySchema,
  GlobalSecondaryIndexes = [],
}: Pick<TableDescription | CreateTableCommandInput, 'KeySchema' | 'GlobalSecondaryIndexes'>): string {
  const keys = (schema: typeof KeySchema) => (schema ?? []).map(({ AttributeName }) => AttributeName).join(', ');
  const indexes = GlobalSecondaryIndexes.map((index) => `${index.IndexName}: ${keys(index.KeySchema)}`).sort();
  return [keys(KeySchema), ...indexes].join('; ');
}

async function describe(client: DynamoDBClient, name: string) {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
