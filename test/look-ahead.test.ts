import { setImmediate } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { defineEntity } from '../src/entities/core/define.ts';
import { keySafe } from '../src/entities/core/formats.ts';
import type { Table } from '../src/entities/core/table.ts';
import { createItem } from '../src/entities/core/write.ts';
import { Office, Project, Task } from '../src/entities/index.ts';
import { decodeGlobalId, encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import type { ListRequest } from '../src/schema/electrodb/list.ts';
import { type Company, createCompany } from './support/company.ts';
import { costed, titles } from './support/costed.ts';
import { readerOf } from './support/reader.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { tripsText } from './support/round-trips.ts';

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
  roster.trips.length = 0;
});

const run = (query: string, variables: Readonly<Record<string, unknown>> = {}) =>
  costed(roster, acme.as.admin, query, variables);

it('a parent and the first page of its children are one Query', async () => {
  const { data, calls } = await run(
    'query($id: ID!) { project(id: $id) { name tasks(first: 2) { edges { node { title } } pageInfo { hasNextPage } } } }',
    {
      id: acme.ids.project,
    },
  );
  expect(calls).toEqual(['Query gsi1 4']);
  expect(data.project.name).toBe('Apollo');
  expect(titles(data.project.tasks)).toHaveLength(2);
  expect(data.project.tasks.pageInfo.hasNextPage).toBe(true);
});

it('through fragments, interfaces and aliases too, and not when it is skipped', async () => {
  const query = `query($id: ID!, $yes: Boolean!, $no: Boolean!) { p: project(id: $id) {
    ...Tasks @include(if: $yes) ... on Versioned { version } ... on Node { id }
    no: tasks(first: 5) @skip(if: $yes) { edges { cursor } } never: tasks @include(if: $no) { edges { cursor } } } }
    fragment Tasks on Project { mine: tasks(first: 100) { edges { node { title } } } }`;
  const { data, calls } = await run(query, { id: acme.ids.project, yes: true, no: false });
  expect(calls).toEqual(['Query gsi1 102']);
  expect(data.p.mine.edges).toHaveLength(5);
});

it('the same children twice are one Query; others are sent along with it', async () => {
  const query = `query($id: ID!) { employee(id: $id) { firstName a: tasks { edges { cursor } } b: tasks { edges { cursor } }
    done: tasks(status: DONE) { edges { node { title } } } reports { edges { cursor } } } }`;
  const { data, calls } = await run(query, { id: acme.ids.ada });
  expect(calls).toEqual(['Query gsi2 21', 'Query gsi2 22', 'Query gsi3 21']);
  expect(titles(data.employee.done)).toEqual(['Test the lander']);
  expect(data.employee.a).toEqual(data.employee.b);
});

it('with a condition, from the end, or behind a cursor, parent and children are read at the same time', async () => {
  const first = await run('query($id: ID!) { project(id: $id) { tasks(first: 2) { edges { cursor } } } }', {
    id: acme.ids.project,
  });
  const after = first.data.project.tasks.edges[1].cursor;
  const cases: [string, string[]][] = [
    ['status: OPEN', ['GetItem', 'Query gsi1 21']],
    ['last: 2', ['GetItem', 'Query gsi1 3']],
    [`first: 2, after: "${after}"`, ['GetItem', 'Query gsi1 3']],
    ['first: 0', ['GetItem']],
  ];
  for (const [args, expected] of cases) {
    roster.calls.length = 0;
    roster.trips.length = 0;
    const { calls, data } = await run(
      `query($id: ID!) { project(id: $id) { name tasks(${args}) { edges { cursor } } } }`,
      { id: acme.ids.project },
    );
    expect(calls, args).toEqual(expected);
    expect(roster.trips, args).toHaveLength(1);
    expect(data.project.name).toBe('Apollo');
  }
});

it('a parent that is not there is null, whatever stands in its partition', async () => {
  const query = 'query($id: ID!) { office(id: $id) { name employees { edges { cursor } } } }';
  expect((await run(query, { id: encodeGlobalId('Office', 'nowhere') })).data.office).toBeNull();
  // Its employees are still in its partition of the index.
  const { services } = roster;
  const id = Buffer.from(acme.ids.austin, 'base64url').toString().split(':')[1] ?? '';
  await services.table.write([{ Delete: { Key: Office.key('acme', id) } }]);
  expect((await run(query, { id: acme.ids.austin })).data.office).toBeNull();
});

it('what a mutation wrote is read by table key, not by an index that may lag', async () => {
  const mutation = `mutation($id: ID!) { updateProject(input: { id: $id, name: "Artemis" }) { ... on Project { name lead { firstName } tasks(first: 1) { edges { node { project { name } } } } } } }`;
  const { data } = await run(mutation, { id: acme.ids.project });
  expect(data.updateProject).toMatchObject({
    name: 'Artemis',
    lead: { firstName: 'Boss' },
    tasks: { edges: [{ node: { project: { name: 'Artemis' } } }] },
  });
  const reads = roster.calls.map(({ operation, consistent }) => `${operation}${consistent ? ' consistent' : ''}`);
  // The project itself is what the write has made of it.
  expect(reads.sort()).toEqual(['GetItem consistent', 'Query', 'UpdateItem']);
});

const projectId = () => decodeGlobalId(acme.ids.project, 'id').id;

/** A list as the schema's fields ask for it; none of them filters or orders yet. */
const tasksOf = (project: string, more: Partial<ListRequest<Task>> = {}): ListRequest<Task> => ({
  ...{ entity: Task, index: 'board', composites: { project }, args: { first: 2 }, field: 'test' },
  ...more,
});

it.each<[string, Partial<ListRequest<Task>>, string]>([
  ['a filter', { filter: { path: ['title'], op: 'contains', value: 'lander' } }, 'GetItem, Query gsi1 3'],
  ['descending order', { order: 'DESC' }, 'GetItem, Query gsi1 3'],
  // Which stand next to the parent.
  ['the last of a descending list', { order: 'DESC', args: { last: 2 } }, 'Query gsi1 4'],
])('with %s, parent and children are one round trip', async (_case, more, trip) => {
  const reader = readerOf(roster);
  const request = tasksOf(projectId(), more);
  expect(await reader.loadWithPages(Project, projectId(), [request])).toMatchObject({ project: projectId() });
  expect(await (await reader.connection(request)).edges).toHaveLength(2);
  expect(tripsText(roster.trips)).toEqual([trip]);
});

it('behind a write, a parent is read by its key, at the same time as its children: the index may lag behind', async () => {
  const reader = readerOf(roster);
  reader.afterWrite();
  const request = tasksOf(projectId());
  expect(await reader.loadWithPages(Project, projectId(), [request])).toMatchObject({ project: projectId() });
  expect(await (await reader.connection(request)).edges).toHaveLength(2);
  expect(tripsText(roster.trips)).toEqual(['GetItem, Query gsi1 3']);
});

it('a count that is selected comes along where no page could tell it, and only what is selected', async () => {
  for (const [selects, trips] of [
    [
      ['edges', 'totalCount'],
      ['Query gsi1 4', 'Query gsi1 count'],
    ],
    [['totalCount'], ['GetItem, Query gsi1 count']],
    [[], ['GetItem']],
  ] as const) {
    roster.trips.length = 0;
    const reader = readerOf(roster);
    const request = tasksOf(projectId(), { selects });
    await reader.loadWithPages(Project, projectId(), [request]);
    const connection = await reader.connection(request);
    if (selects.length > 0) expect(await connection.totalCount()).toBe(5);
    expect(tripsText(roster.trips), String(selects)).toEqual(trips);
  }
});

it('where the parent is not there, a count that has been sent is waited for: else its cost would not be told', async () => {
  const { table } = roster.services;
  const counted = Promise.withResolvers<void>();
  const sent = Promise.withResolvers<void>();
  const slow: Table = {
    get: (...args) => table.get(...args),
    batchGet: (...args) => table.batchGet(...args),
    query: (...args) => table.query(...args),
    async count(...args) {
      sent.resolve();
      await counted.promise;
      return table.count(...args);
    },
    write: (...args) => table.write(...args),
    batchWrite: (...args) => table.batchWrite(...args),
    observed: () => slow,
  };
  const reader = readerOf({ services: { ...roster.services, table: slow } });
  const ended = vi.fn();
  const loading = reader.loadWithPages(Project, 'nowhere', [tasksOf('nowhere', { selects: ['totalCount'] })]);
  loading.then(ended, ended);
  await sent.promise;
  // The same key in another operation: by its answer, the first one has been answered too.
  await readerOf(roster).load(Project, 'nowhere');
  await setImmediate();
  expect(ended).not.toHaveBeenCalled();
  counted.resolve();
  expect(await loading).toBeUndefined();
});

it('three levels down, each level is one round trip, and what it refers to one BatchGet', async () => {
  // Two of an office's employees have tasks, in projects with leads at two offices.
  const company = await createCompany(roster, 'deep');
  const [boss, bob] = [company.ids.boss, company.ids.bob].map((id) => decodeGlobalId(id, 'id').id);
  const { services } = roster;
  const other = await createItem(services, Project, 'deep', { name: 'Gemini', status: 'active', lead: bob });
  const task = { project: other.project, employee: boss, status: 'open', priority: 'low' } as const;
  for (const title of ['Find a second pilot', 'Find a third one'])
    await createItem(services, Task, 'deep', { ...task, title });
  roster.trips.length = 0;
  const query = `query($id: ID!) { office(id: $id) { name employees { edges { node { firstName manager { firstName }
    tasks(first: 10) { edges { node { title project { name lead { firstName office { name } } } } } } } } } } }`;
  const { data, errors } = await roster.graphql(company.as.admin, query, { id: company.ids.munich });
  expect(errors).toBeUndefined();
  const leads = data.office.employees.edges.flatMap(({ node }: { node: { tasks: { edges: [] } } }) =>
    node.tasks.edges.map((edge: { node: { project: { lead: object } } }) => edge.node.project.lead),
  );
  expect(leads).toEqual([
    ...Array.from({ length: 2 }, () => ({ firstName: 'Bob', office: { name: 'Congress' } })),
    ...Array.from({ length: 3 }, () => ({ firstName: 'Boss', office: { name: 'Altstadt' } })),
  ]);
  expect(tripsText(roster.trips)).toEqual([
    'Query gsi1 22',
    // Boss is Ada's manager and has come along with the office.
    'Query gsi2 11, Query gsi2 11',
    'BatchGetItem',
    'GetItem',
    'GetItem',
  ]);
});

it('a collection of three: the children of another kind are no page to go on from', async () => {
  const Timesheet = defineEntity({
    name: 'timesheet',
    description: 'Where the time went.',
    attributes: {
      project: { type: 'string', required: true, format: keySafe, description: 'What the time went into.' },
    },
    indexes: { board: { index: 'gsi1', collection: 'board', pk: ['project'], sk: ['timesheet'] } },
  });
  const { table } = roster.services;
  const id = projectId();
  const at = '2026-01-01T00:00:00.000Z';
  const common = { org: 'acme', project: id, version: 1, createdAt: at, updatedAt: at };
  await table.batchWrite(Array.from({ length: 30 }, (_, i) => Timesheet.put({ ...common, timesheet: `t${i}` })));
  const page = (entity: typeof Task | typeof Timesheet, first: number): ListRequest => ({
    entity,
    index: 'board',
    composites: { project: id },
    args: { first },
    field: 'test',
  });
  // Tasks stand next to the project and come along with it; time sheets stand behind them and come apart.
  for (const [entity, first, expected] of [
    [Task, 10, 5],
    [Task, 3, 3],
    [Timesheet, 10, 10],
  ] as const) {
    const reader = readerOf(roster, { also: [Timesheet] });
    roster.calls.length = 0;
    expect(await reader.loadWithPages(Project, id, [page(entity, first)])).toMatchObject({ project: id });
    const connection = await reader.connection(page(entity, first));
    expect(await connection.edges).toHaveLength(expected);
    expect((await connection.pageInfo).hasNextPage).toBe(first === expected);
    expect(roster.calls.map(({ operation }) => operation).sort()).toEqual(
      entity === Task ? ['Query'] : ['GetItem', 'Query'],
    );
  }
});
