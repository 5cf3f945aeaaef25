import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../src/runtime.ts';
import type { StackFile } from './stack-file.ts';

/** Creates the table as `serverless.yml` defines it, unless it exists. @returns the ARN of its stream */
export async function ensureTable(
  client: DynamoDBClient,
  name: string,
  stack: StackFile,
  clock: Clock,
): Promise<string> {
  if (!(await describe(client, name))) {
    try {
      await client.send(new CreateTableCommand(stack.table(name)));
      for (let attempt = 1; (await describe(client, name))?.TableStatus !== 'ACTIVE'; attempt++)
        await clock.backOff(attempt);
      await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: stack.timeToLive }));
    } catch (error) {
      // Somebody else was faster; theirs is the same.
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  }
  const table = await describe(client, name);
  if (!table?.LatestStreamArn)
    throw new Error(`the table "${name}" has no stream; remove it, so that it is created anew, or use another name`);
  return table.LatestStreamArn;
}

async function describe(client: DynamoDBClient, name: string) {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
