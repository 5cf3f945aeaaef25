import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable } from '../src/entities/core/dynamo-table.ts';
import { createItem, deleteItem, updateItem } from '../src/entities/core/write.ts';
import { Employee, Office, Project, Task } from '../src/entities/index.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { dynamoOptions } from '../src/services.ts';
import { type Company, createCompany } from './support/company.ts';
import { type Fault, firstOnly, loseAnswer, meanwhile, refuse } from './support/fault-proxy.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { tripsText } from './support/round-trips.ts';

let roster: ProxiedRoster;
let acme: Company;
let count = 0;

beforeAll(async () => {
  roster = await startProxiedRoster();
  return () => roster.stop();
});

// A company per test, so that no test depends on another.
beforeEach(async () => {
  acme = await createCompany(roster, `acme${++count}`);
  roster.calls.length = 0;
  roster.trips.length = 0;
  roster.dynamodb.requests.length = 0;
});

const keyOf = (id: string) => ({ org: acme.org, id: decodeGlobalId(id, 'id').id });

/** Runs an operation as the admin. */
async function run(document: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await roster.graphql(acme.as.admin, document, variables);
  expect(errors).toBeUndefined();
  return data;
}

const sent = (name: string) => roster.dynamodb.requests.filter(operation(name));

/** A table whose waits between attempts are over at once. */
function impatientTable() {
  const client = new DynamoDBClient(dynamoOptions(roster.services.config));
  const clock = { ...roster.clock, backOff: async () => undefined };
  const { TABLE_NAME: name = '' } = roster.env;
  return createTable({ client: DynamoDBDocumentClient.from(client), name, clock });
}

describe('a BatchGet', () => {
  /** DynamoDB answers for the first key only. */
  const answerOne: Fault = async ({ body }, forward) => {
    const { RequestItems } = JSON.parse(body);
    const [name = ''] = Object.keys(RequestItems);
    const { Keys, ...request } = RequestItems[name];
    const answer = JSON.parse((await forward()).body.toString());
    const [first] = Keys;
    const isFirst = ({ pk }: { pk: object }) => JSON.stringify(pk) === JSON.stringify(first.pk);
    const Responses = { [name]: answer.Responses[name].filter(isFirst) };
    const UnprocessedKeys = { [name]: { ...request, Keys: Keys.slice(1) } };
    return { status: 200, body: Buffer.from(JSON.stringify({ ...answer, Responses, UnprocessedKeys })) };
  };

  it('fails rather than leave out what is still unprocessed after eight attempts', async () => {
    roster.dynamodb.inject(operation('BatchGetItem'), async ({ body }) => {
      const { RequestItems } = JSON.parse(body);
      return { status: 200, body: Buffer.from(JSON.stringify({ Responses: {}, UnprocessedKeys: RequestItems })) };
    });
    const keys = [acme.ids.munich, acme.ids.austin].map((id) => Office.key(acme.org, keyOf(id).id));
    await expect(impatientTable().batchGet(keys)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'DynamoDB left 2 items unprocessed 8 times',
    });
    expect(sent('BatchGetItem')).toHaveLength(8);
  });

  it('asks again for the keys that were left unprocessed, and for no others', async () => {
    roster.dynamodb.inject(operation('BatchGetItem'), firstOnly(answerOne));
    const ids = [acme.ids.munich, acme.ids.ada, acme.ids.project, acme.ids.task];
    const { nodes } = await run('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(nodes).toEqual(ids.map((id) => ({ id })));
    expect(roster.calls.map(({ target }) => target.split(', ').length)).toEqual([4, 3]);
  });

  it('of more than a hundred keys is several requests at the same time', async () => {
    const rows = Array.from({ length: 250 }, (_, i) => ({ pk: `guard${i}`, sk: 'x' }));
    await roster.services.table.batchWrite(rows.map((Item) => ({ Put: { Item } })));
    roster.trips.length = 0;
    // Keys that come twice are asked for once: DynamoDB refuses them.
    const found = await roster.services.table.batchGet([...rows, ...rows.slice(0, 10)]);
    expect(found.map(({ pk }) => pk).sort()).toEqual(rows.map(({ pk }) => pk).sort());
    expect(tripsText(roster.trips)).toEqual(['BatchGetItem, BatchGetItem, BatchGetItem']);
  });
});

describe('a write that meets a transaction on its item', () => {
  const conflict = (...codes: string[]) =>
    refuse('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });

  it('is sent again when it is one update', async () => {
    roster.dynamodb.inject(operation('UpdateItem'), firstOnly(refuse('TransactionConflictException')));
    const renamed = await updateItem(roster.services, Employee, keyOf(acme.ids.ada), { firstName: 'Augusta' });
    expect(renamed).toMatchObject({ firstName: 'Augusta', version: 2 });
    expect(sent('UpdateItem')).toHaveLength(2);
  });

  it('is sent again when it is a transaction itself', async () => {
    roster.dynamodb.inject(operation('TransactWriteItems'), firstOnly(conflict('None', 'TransactionConflict')));
    const values = { title: 'Pack', project: keyOf(acme.ids.project).id, status: 'open', priority: 'low' } as const;
    expect(await createItem(roster.services, Task, acme.org, values)).toMatchObject({ title: 'Pack' });
    expect(sent('TransactWriteItems')).toHaveLength(2);
  });

  it('is refused at once when a condition failed as well', async () => {
    const reasons = conflict('ConditionalCheckFailed', 'TransactionConflict');
    roster.dynamodb.inject(operation('TransactWriteItems'), reasons);
    const statements = [Project.put({ ...everything, project: 'p' }), Project.put({ ...everything, project: 'q' })];
    await expect(roster.services.table.write(statements)).rejects.toMatchObject({ failed: [0] });
    expect(sent('TransactWriteItems')).toHaveLength(1);
  });

  it('gives up after eight attempts', async () => {
    const table = impatientTable();
    roster.dynamodb.inject(operation('PutItem'), refuse('TransactionConflictException'));
    await expect(table.write([Project.put({ ...everything, project: 'p' })])).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'other writes kept the items busy; try again',
    });
    expect(sent('PutItem')).toHaveLength(8);
  });
});

const everything = { org: 'acme', name: 'P', status: 'done', version: 1, createdAt: 'then', updatedAt: 'then' };

describe('a delete', () => {
  /** Somebody changes the task while its deletion has read it. */
  const overtake = () => {
    let isDone = false;
    roster.dynamodb.inject(
      operation('GetItem'),
      firstOnly(
        meanwhile(async () => {
          await updateItem(roster.services, Task, keyOf(acme.ids.task), { title: 'Overtaken' });
          isDone = true;
        }),
      ),
    );
    return () => isDone;
  };

  it('is decided anew when somebody changed the item meanwhile', async () => {
    const isOvertaken = overtake();
    const deleted = await deleteItem(roster.services, Task, keyOf(acme.ids.task));
    expect(isOvertaken()).toBe(true);
    // What is returned is what was deleted.
    expect(deleted).toMatchObject({ title: 'Overtaken', version: 2 });
  });

  it('is refused when somebody changed the item that its caller saw', async () => {
    overtake();
    const failure = deleteItem(roster.services, Task, keyOf(acme.ids.task), 1);
    await expect(failure).rejects.toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 });
    const { task } = await run('query($id: ID!) { task(id: $id) { title } }', { id: acme.ids.task });
    expect(task).toEqual({ title: 'Overtaken' });
  });
});

describe('an item that has expired, and that DynamoDB has not deleted yet', () => {
  let key: { org: string; id: string };
  beforeEach(async () => {
    const expires = roster.clock.now().getTime() / 1_000 - 1;
    const values = { name: 'Short', status: 'planned', expires } as const;
    key = { org: acme.org, id: (await createItem(roster.services, Project, acme.org, values)).project };
  });

  const missing = { code: 'NOT_FOUND', path: 'id' };

  it.each([
    ['a change of what is in no key', () => updateItem(roster.services, Project, key, { name: 'x' })],
    ['the same at a version', () => updateItem(roster.services, Project, key, { name: 'x' }, 1)],
    ['the same at another version', () => updateItem(roster.services, Project, key, { name: 'x' }, 7)],
    ['a change of a key', () => updateItem(roster.services, Project, key, { status: 'done' })],
    ['a change of a key at a version', () => updateItem(roster.services, Project, key, { status: 'done' }, 1)],
    ['a change of nothing', () => updateItem(roster.services, Project, key, {})],
    ['a deletion', () => deleteItem(roster.services, Project, key)],
    ['a deletion at a version', () => deleteItem(roster.services, Project, key, 1)],
  ])('is missing for %s', async (_change, change) => {
    await expect(change()).rejects.toMatchObject(missing);
    const row = await roster.services.table.get(Project.key(key.org, key.id), { consistent: true });
    expect(row).toMatchObject({ name: 'Short', status: 'planned', version: 1 });
  });

  it('is missing as well when it expires between being read and being written', async () => {
    const [before, expiry] = ['2026-06-30T09:00:00.000Z', '2026-06-30T09:01:00.000Z'];
    const expires = Date.parse(expiry) / 1_000;
    const values = { name: 'Long', status: 'planned', expires } as const;
    const { project } = await createItem(roster.services, Project, acme.org, values);
    roster.dynamodb.inject(
      operation('GetItem'),
      meanwhile(async () => roster.clock.set(expiry)),
    );
    const change = updateItem(roster.services, Project, { org: acme.org, id: project }, { status: 'done' });
    await expect(change).rejects.toMatchObject(missing);
    roster.clock.set(before);
  });
});

describe('reads behind a mutation in the same request', () => {
  it('are consistent, at every level', async () => {
    const document = `mutation($id: ID!) { updateTask(input: { id: $id, title: "New" }) { ... on Task { title
      project { name lead { firstName office { name } } } employee { firstName } } } }`;
    const { updateTask } = await run(document, { id: acme.ids.task });
    expect(updateTask).toMatchObject({ title: 'New', project: { lead: { office: { name: 'Altstadt' } } } });
    const reads = roster.calls.filter(({ operation: name }) => /Get/.test(name));
    expect(reads.map(({ operation: name, consistent }) => [name, consistent])).toEqual([
      ['BatchGetItem', true],
      ['GetItem', true],
      ['GetItem', true],
    ]);
  });

  it('see what each mutation wrote, whatever was read behind the one before', async () => {
    const document = `mutation($task: ID!, $ada: ID!, $office: ID!) {
      a: updateTask(input: { id: $task, title: "A" }) { ...Read }
      b: updateEmployee(input: { id: $ada, firstName: "Augusta" }) { ... on Employee { firstName } }
      c: updateTask(input: { id: $task, title: "C" }) { ...Read }
      d: transferEmployee(input: { id: $ada, office: $office }) { ... on Employee { office { name } } }
      e: updateTask(input: { id: $task, title: "E" }) { ...Read }
    } fragment Read on Task { title employee { firstName office { name } tasks { edges { node { title } } } } }`;
    const { ada, austin: office, task } = acme.ids;
    const { a, c, e } = await run(document, { ada, office, task });
    const others = [{ node: { title: 'Build the lander' } }, { node: { title: 'Test the lander' } }];
    const seen = (title: string, firstName: string, city: string) => ({
      title,
      employee: {
        firstName,
        office: { name: city },
        tasks: { edges: expect.arrayContaining([{ node: { title } }, ...others]) },
      },
    });
    expect(a).toEqual(seen('A', 'Ada', 'Altstadt'));
    expect(c).toEqual(seen('C', 'Augusta', 'Altstadt'));
    expect(e).toEqual(seen('E', 'Augusta', 'Congress'));
  });

  it('ask the table for what a secondary index has shown: it may lag behind', async () => {
    // Bob reports to Ada, and Ada to Boss, so that Ada comes by the index first and by her key later.
    await updateItem(roster.services, Employee, keyOf(acme.ids.bob), { manager: keyOf(acme.ids.ada).id });
    roster.dynamodb.inject(operation('Query'), async (_request, forward) => {
      const { status, body } = await forward();
      return { status, body: Buffer.from(body.toString().replaceAll('"Augusta"', '"Ada"')) };
    });
    const document = `mutation($id: ID!) { updateEmployee(input: { id: $id, firstName: "Augusta" }) { ... on Employee {
      manager { reports { edges { node { firstName reports { edges { node { manager { firstName } } } } } } } } } } }`;
    const { updateEmployee } = await run(document, { id: acme.ids.ada });
    const [{ node }] = updateEmployee.manager.reports.edges;
    expect(node).toEqual({ firstName: 'Ada', reports: { edges: [{ node: { manager: { firstName: 'Augusta' } } }] } });
  });

  it('do not take a parent from the index along with its children, nor ask for what was written', async () => {
    const document = `mutation($id: ID!) { updateProject(input: { id: $id, name: "Artemis" }) { ... on Project {
      tasks(first: 1) { edges { node { project { name } employee { tasks(first: 1) { edges { cursor } } } } } } } } }`;
    const { updateProject } = await run(document, { id: acme.ids.project });
    expect(updateProject.tasks.edges).toMatchObject([{ node: { project: { name: 'Artemis' } } }]);
    const calls = roster.calls.map(({ operation: name, consistent }) => `${name} ${consistent ?? ''}`.trim());
    expect(calls.slice(0, 2)).toEqual(['UpdateItem', 'Query']);
    expect(calls.slice(2).sort()).toEqual(['GetItem true', 'Query']);
  });
});

describe('a write whose answer was lost', () => {
  const office = { name: 'Mitte', zip: '1', city: 'Berlin', state: 'BE', country: 'DE', location: { lat: 0, lng: 0 } };
  const ada = () => keyOf(acme.ids.ada);

  it.each([
    [
      'a creation',
      'PutItem',
      () => createItem(roster.services, Office, acme.org, office),
      { name: 'Mitte', version: 1 },
    ],
    [
      'a creation with guards and references',
      'TransactWriteItems',
      () =>
        createItem(roster.services, Employee, acme.org, {
          ...{ firstName: 'Grace', lastName: 'Hopper', email: 'grace@example.com', title: 'T', team: 'legal' },
          ...{ office: keyOf(acme.ids.munich).id, hiredOn: '2026-07-01' },
        }),
      { firstName: 'Grace', version: 1 },
    ],
    [
      'a change at a version',
      'UpdateItem',
      () => updateItem(roster.services, Employee, ada(), { firstName: 'Augusta' }, 1),
      { firstName: 'Augusta', version: 2 },
    ],
    [
      'a change of a key',
      'UpdateItem',
      () => updateItem(roster.services, Employee, ada(), { team: 'legal' }),
      { team: 'legal', version: 2 },
    ],
    ['a deletion', 'DeleteItem', () => deleteItem(roster.services, Task, keyOf(acme.ids.task)), { version: 1 }],
  ] as const)('%s has been done, and once', async (_write, name, write, expected) => {
    roster.dynamodb.inject(operation(name), firstOnly(loseAnswer));
    expect(await write()).toMatchObject(expected);
    expect(sent(name)).toHaveLength(2);
  });
});
