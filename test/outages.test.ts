import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable } from '../src/entities/core/dynamo-table.ts';
import type { Table } from '../src/entities/core/table.ts';
import { Project } from '../src/entities/index.ts';
import { dynamoOptions } from '../src/services.ts';
import { type Company, createCompany } from './support/company.ts';
import { cut, type Fault, hang, refuse, unavailable } from './support/fault-proxy.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

let roster: ProxiedRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startProxiedRoster();
  acme = await createCompany(roster, 'acme');
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

const key = Project.key('acme', 'p');
const range = Project.range('portfolio', { org: 'acme' });
const put = Project.put({
  org: 'acme',
  project: 'p',
  name: 'P',
  status: 'done',
  version: 1,
  createdAt: '',
  updatedAt: '',
});
const check = { ConditionCheck: { Key: key, ConditionExpression: 'attribute_not_exists(pk)' } };
const operations: Readonly<Record<string, (table: Table) => Promise<unknown>>> = {
  GetItem: (table) => table.get(key),
  BatchGetItem: (table) => table.batchGet([key]),
  Query: (table) => table.query(range, { limit: 1 }),
  'Query that counts': (table) => table.count(range, { limit: 1 }),
  PutItem: (table) => table.write([put]),
  TransactWriteItems: (table) => table.write([put, check]),
  BatchWriteItem: (table) => table.batchWrite([put]),
};
const outages: Readonly<Record<string, Fault>> = {
  'cuts connections': cut,
  'answers 503': unavailable,
  'answers 500': async () => ({ status: 500, body: Buffer.from('{"__type":"InternalServerError"}') }),
};

describe.each(Object.entries(operations))('%s', (_operation, send) => {
  it.each(Object.entries(outages))('is UnavailableError when the table %s', async (_outage, fault) => {
    roster.dynamodb.inject(() => true, fault);
    await expect(send(roster.services.table)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'the table did not answer; try again in a moment',
      cause: expect.any(Error),
    });
    expect(roster.calls).toMatchObject([{ error: expect.not.stringContaining('Unavailable') }]);
  });
});

it.each([
  ['ProvisionedThroughputExceededException', refuse('ProvisionedThroughputExceededException')],
  ['ThrottlingException', refuse('ThrottlingException')],
  ['RequestLimitExceeded', refuse('RequestLimitExceeded')],
] as const)('%s, after all retries, is UnavailableError', async (name, fault) => {
  roster.dynamodb.inject(() => true, fault);
  await expect(roster.services.table.get(key)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause: { name } });
});

it('a transaction that was throttled is UnavailableError, unless a condition failed as well', async () => {
  const cancelled = (...codes: string[]) =>
    refuse('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });
  const heal = roster.dynamodb.inject(() => true, cancelled('None', 'ThrottlingError'));
  const write = () => roster.services.table.write([put, check]);
  await expect(write()).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    cause: { name: 'TransactionCanceledException' },
  });
  heal();
  roster.dynamodb.inject(() => true, cancelled('ConditionalCheckFailed', 'ProvisionedThroughputExceeded'));
  await expect(write()).rejects.toMatchObject({ failed: [0] });
});

it.each(['ValidationException', 'ResourceNotFoundException', 'AccessDeniedException'])(
  '%s stays as it is',
  async (name) => {
    roster.dynamodb.inject(() => true, refuse(name));
    await expect(roster.services.table.get(key)).rejects.toMatchObject({ name });
  },
);

/** A table of a client that gives up soon, in the way that Roster's own does. */
function impatientTable(endpoint: string): Table {
  const { requestHandler, ...options } = dynamoOptions({ dynamodbEndpoint: endpoint });
  const impatient = { ...requestHandler, requestTimeout: 100 };
  const client = new DynamoDBClient({ ...options, maxAttempts: 1, requestHandler: impatient });
  return createTable({ client: DynamoDBDocumentClient.from(client), name: 'any', clock: roster.clock });
}

it('a connection that hangs is given up', async () => {
  roster.dynamodb.inject(() => true, hang);
  await expect(impatientTable(roster.dynamodb.url).get(key)).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    cause: { name: 'TimeoutError' },
  });
});

it('a table that nobody serves is UnavailableError', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await expect(impatientTable(`http://127.0.0.1:${port}`).get(key)).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    cause: { code: 'ECONNREFUSED' },
  });
});

it('clients get a code by which to try again, for reads and writes', async () => {
  roster.dynamodb.inject(() => true, cut);
  const codes = ({ errors }: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
    errors?.map(({ extensions }) => extensions['code']);
  const query = 'query($id: ID!) { project(id: $id) { name tasks { edges { cursor } } } }';
  expect(codes(await roster.graphql(acme.as.admin, query, { id: acme.ids.project }))).toEqual(['SERVICE_UNAVAILABLE']);
  const mutation = 'mutation($id: ID!) { updateProject(input: { id: $id, name: "x" }) { __typename } }';
  expect(codes(await roster.graphql(acme.as.admin, mutation, { id: acme.ids.project }))).toEqual([
    'SERVICE_UNAVAILABLE',
  ]);
});
