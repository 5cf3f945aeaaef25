import { readFile } from 'node:fs/promises';
import type { CreateTableCommandInput, TimeToLiveSpecification } from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { type FilterPattern, streamFilters } from '../src/search/indexer/event-filter.ts';

const STACK_FILE = new URL('../serverless.yml', import.meta.url);

const Key = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const TableProperties = z.object({
  TableName: z.string(),
  BillingMode: z.literal('PAY_PER_REQUEST'),
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: Key,
  GlobalSecondaryIndexes: z.array(
    z.object({ IndexName: z.string(), Projection: z.object({ ProjectionType: z.literal('ALL') }), KeySchema: Key }),
  ),
  StreamSpecification: z.object({ StreamViewType: z.literal('NEW_AND_OLD_IMAGES') }),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }),
});

const StreamEvent = z.object({
  type: z.literal('dynamodb'),
  batchSize: z.int(),
  functionResponseType: z.literal('ReportBatchItemFailures'),
  bisectBatchOnFunctionError: z.boolean(),
  maximumRetryAttempts: z.int(),
  maximumRecordAgeInSeconds: z.int(),
  // Written by `npm run package`; here they are made anew.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the variables of serverless.yml look like this
  filterPatterns: z.literal('${file(./dist/stream-filters.json), null}'),
});

const Stack = z.object({
  // What names of resources are made of, as this file reads it.
  service: z.string(),
  custom: z.record(z.string(), z.unknown()),
  functions: z.object({
    graphql: z.object({ environment: z.record(z.string(), z.unknown()) }),
    indexStream: z.object({ timeout: z.int(), events: z.array(z.object({ stream: StreamEvent })) }),
  }),
  // The others are files of their own.
  resources: z.tuple(
    [z.object({ Resources: z.object({ Table: z.object({ Properties: TableProperties }) }) })],
    z.unknown(),
  ),
});

/** How Lambda feeds the stream to its handler. */
export interface EventSourceMapping extends Omit<z.infer<typeof StreamEvent>, 'filterPatterns'> {
  /** Records that pass none of them are dropped; all are delivered when there are none. */
  readonly filterPatterns: readonly FilterPattern[];
}

/** What the local stack takes from `serverless.yml`, the one source of both. */
export interface StackFile {
  /** How the table is called, with a variable where the name of the stage stands. */
  readonly tableName: string;
  /** Creates the table under a name of one's own. */
  readonly table: (name: string) => CreateTableCommandInput;
  readonly timeToLive: TimeToLiveSpecification;
  readonly eventSource: EventSourceMapping;
  /** The variables of the function `graphql` that have a value of their own, which is the same for all stages. */
  readonly graphqlEnvironment: Readonly<Record<string, string>>;
}

/**
 * Reads `serverless.yml`.
 *
 * @throws when the table or the event source mapping is not what the local stack can imitate, naming the property
 */
export async function readStackFile(): Promise<StackFile> {
  const result = Stack.safeParse(parse(await readFile(STACK_FILE, 'utf8')));
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`serverless.yml: the local stack can't imitate ${problems.join('; ')}`);
  }
  const { functions, resources } = result.data;
  const [{ Resources }] = resources;
  const { StreamSpecification, TimeToLiveSpecification: timeToLive, TableName, ...table } = Resources.Table.Properties;
  const [event] = functions.indexStream.events;
  if (!event) throw new Error('serverless.yml: functions.indexStream has no stream event');
  return {
    tableName: resolved(TableName, result.data),
    table: (name) => ({
      ...table,
      TableName: name,
      StreamSpecification: { StreamEnabled: true, StreamViewType: StreamSpecification.StreamViewType },
    }),
    timeToLive,
    graphqlEnvironment: plainIn(functions.graphql.environment),
    eventSource: { ...event.stream, filterPatterns: streamFilters() },
  };
}

/** A text of the file with what it takes from elsewhere in it, as the framework would have it; the rest stays. */
const resolved = (text: string, { service, custom }: Pick<z.infer<typeof Stack>, 'service' | 'custom'>): string =>
  text.replace(/\$\{self:(?:custom\.)?(\w+)\}/g, (all, name: string) => {
    const value = all.includes('custom.') ? custom[name] : name === 'service' ? service : undefined;
    if (typeof value !== 'string') throw new Error(`serverless.yml: ${all} is no text of its own`);
    return resolved(value, { service, custom });
  });

/** Values that need nothing from elsewhere. */
const plainIn = (environment: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      typeof value === 'number' || (typeof value === 'string' && !value.includes('${')) ? [[name, String(value)]] : [],
    ),
  );
