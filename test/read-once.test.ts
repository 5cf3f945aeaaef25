import { beforeAll, beforeEach, expect, it } from 'vitest';
import { type Company, createCompany } from './support/company.ts';
import { costed, titles } from './support/costed.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { tripsText } from './support/round-trips.ts';

// Nothing is read twice, wherever and however it is asked for.

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

it('node and nodes read as the field of the type does', async () => {
  const tasks = '... on Project { name tasks(first: 2) { edges { node { title } } } }';
  const one = await run(`query($id: ID!) { node(id: $id) { id ${tasks} } }`, { id: acme.ids.project });
  expect([titles(one.data.node.tasks).length, one.calls]).toEqual([2, ['Query gsi1 4']]);
  roster.calls.length = 0;
  const ids = [acme.ids.project, acme.ids.task, acme.ids.ada];
  const query = `query($ids: [ID!]!) { nodes(ids: $ids) { id ${tasks} ... on Employee { reports { totalCount } } } }`;
  expect((await run(query, { ids })).calls).toEqual(['BatchGetItem', 'Query gsi1 4', 'Query gsi3 500']);
  roster.calls.length = 0;
  const all = 'query($id: ID!) { node(id: $id) { id ... on Versioned { version } ... on Project { description } } }';
  for (const [id, wide] of [
    [acme.ids.project, true],
    [acme.ids.task, false],
  ] as const) {
    roster.calls.length = 0;
    await run(all, { id });
    const [call] = roster.calls;
    if (wide) expect(call).not.toHaveProperty('attributes');
    else expect(call?.attributes).not.toContain('description');
  }
  roster.calls.length = 0;
  const forbidden = await roster.graphql(acme.as.client, all, { id: acme.ids.project });
  expect(forbidden.errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
  expect(roster.calls).toEqual([]);
});

it('what a parent that is known refers to waits for its children, and is read with what they refer to', async () => {
  roster.trips.length = 0;
  const query = `query($id: ID!) { project(id: $id) { tasks(first: 1) { edges { node { project {
    lead { firstName } tasks(status: DONE) { edges { node { employee { firstName } } } } } } } } } }`;
  await run(query, { id: acme.ids.project });
  expect(tripsText(roster.trips)).toEqual(['Query gsi1 3', 'Query gsi1 21', 'BatchGetItem']);
});

it('what is known is not read again along with what is not', async () => {
  const back = `{ projects(status: ACTIVE) { edges { node { tasks { edges { node {
    project { name tasks { edges { node { title } } } } } } } } } } }`;
  expect((await run(back)).calls).toEqual(['Query gsi1 21', 'Query gsi3 21']);
  const offices =
    '{ offices { edges { node { employees { edges { node { office { name employees { edges { cursor } } } } } } } } } }';
  roster.calls.length = 0;
  const { calls } = await run(offices);
  expect(calls).toEqual(['Query gsi1 21', 'Query gsi1 21', 'Query gsi1 21', 'Query gsi3 21']);
  roster.calls.length = 0;
  // Other children of a parent that is there, and a parent of children that are there.
  const others = `query($id: ID!) { project(id: $id) { name tasks(last: 1) { edges { node { project { name
    tasks(first: 3) { edges { node { title } } } } } } } } }`;
  expect((await run(others, { id: acme.ids.project })).calls).toEqual(['GetItem', 'Query gsi1 2', 'Query gsi1 4']);
});

it('a filter that lets everything pass costs no more than none', async () => {
  const page = (args: string) =>
    run(`query($id: ID!) { project(id: $id) { name tasks(first: 2${args}) { edges { node { title } cursor } } } }`, {
      id: acme.ids.project,
    });
  const none = await page('');
  for (const filter of ['{}', '{ and: [] }', '{ title: {} }', '{ and: [{}, { not: { or: [] } }] }']) {
    roster.calls.length = 0;
    expect(await page(`, filter: ${filter}`), filter).toEqual({ ...none, calls: ['Query gsi1 4'] });
  }
  roster.calls.length = 0;
  expect((await page(', filter: { or: [] }')).data.project.tasks.edges).toEqual([]);
});

it('equal fields in different places are read once', async () => {
  const query = `query($id: ID!) { a: employee(id: $id) { firstName } b: employee(id: $id) { lastName } node(id: $id) { id } nodes(ids: [$id, $id]) { id } }`;
  expect((await run(query, { id: acme.ids.ada })).calls).toEqual(['GetItem']);
});
