import { beforeAll, beforeEach, expect, it } from 'vitest';
import { defineEntity } from '../src/entities/define.ts';
import { entities, Office, Project, Task } from '../src/entities/index.ts';
import { createCursors } from '../src/schema/electrodb/cursor.ts';
import { decodeGlobalId, encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { Reader } from '../src/schema/electrodb/reader.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

/** Runs a query and returns its data, and the calls that it cost, sorted. */
async function run(query: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await roster.graphql(acme.as.admin, query, variables);
  expect(errors).toBeUndefined();
  const calls = roster.calls.map(({ operation, index, limit }) => [operation, index, limit].filter(Boolean).join(' '));
  return { data, calls: calls.sort() };
}

const titles = ({ edges }: { edges: readonly { node: { title: string } }[] }) => edges.map(({ node }) => node.title);

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
    ['first: 0', ['GetItem', 'Query gsi1 1']],
  ];
  for (const [args, expected] of cases) {
    roster.calls.length = 0;
    const { calls, data } = await run(
      `query($id: ID!) { project(id: $id) { name tasks(${args}) { edges { cursor } } } }`,
      { id: acme.ids.project },
    );
    expect(calls, args).toEqual(expected);
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
  const reads = roster.calls.filter(({ operation }) => operation === 'GetItem' || operation === 'BatchGetItem');
  expect(reads.length).toBeGreaterThan(0);
  for (const read of reads) expect(read.consistent).toBe(true);
});

it('equal fields in different places are read once', async () => {
  const query = `query($id: ID!) { a: employee(id: $id) { firstName } b: employee(id: $id) { lastName } node(id: $id) { id } nodes(ids: [$id, $id]) { id } }`;
  expect((await run(query, { id: acme.ids.ada })).calls).toEqual(['GetItem']);
});

it('a collection of three: the children of another kind are no page to go on from', async () => {
  const Timesheet = defineEntity({
    name: 'timesheet',
    attributes: { project: { type: 'string', required: true, description: 'What the time went into.' } },
    indexes: { board: { index: 'gsi1', collection: 'board', pk: ['project'], sk: ['timesheet'] } },
  });
  const { services } = roster;
  const { table, clock } = services;
  const id = decodeGlobalId(acme.ids.project, 'id').id;
  const at = '2026-01-01T00:00:00.000Z';
  const common = { org: 'acme', project: id, version: 1, createdAt: at, updatedAt: at };
  await table.batchWrite(Array.from({ length: 30 }, (_, i) => Timesheet.put({ ...common, timesheet: `t${i}` })));
  const cursors = createCursors('a secret of thirty-two characters');
  const options = { table, clock, cursors, org: 'acme', workBudgetRows: 1_000, entities: [...entities, Timesheet] };
  const page = (entity: typeof Task | typeof Timesheet, first: number) => ({
    entity,
    index: 'board',
    composites: { project: id },
    args: { first },
  });
  // Tasks stand next to the project and come along with it; time sheets stand behind them and come apart.
  for (const [entity, first, expected] of [
    [Task, 10, 5],
    [Task, 3, 3],
    [Timesheet, 10, 10],
  ] as const) {
    const reader = new Reader(options);
    roster.calls.length = 0;
    expect(await reader.loadWithPages(Project, id, [page(entity, first)])).toMatchObject({ project: id });
    const { edges, pageInfo } = await reader.connection<object>(entity, 'board', { project: id }, { first }, 'test');
    expect(edges).toHaveLength(expected);
    expect(pageInfo.hasNextPage).toBe(first === expected);
    expect(roster.calls.map(({ operation }) => operation).sort()).toEqual(
      entity === Task ? ['Query'] : ['GetItem', 'Query'],
    );
  }
});
