import { beforeAll, beforeEach, expect, it } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Office, Project, Task } from '../src/entities/index.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let project: string;
const admin = { org: 'acme', role: 'ADMIN' } as const;
const TITLES = Array.from({ length: 25 }, (_, i) => `Task ${String(i).padStart(2, '0')}`);

beforeAll(async () => {
  roster = await startRoster({ WORK_BUDGET_ROWS: '200' });
  const { services } = roster;
  const item = await createItem(services, Project, 'acme', { name: 'Apollo', status: 'active' });
  project = encodeGlobalId('Project', item.project);
  const values = { project: item.project, status: 'open', priority: 'low' } as const;
  const past = new Date('2026-01-01').getTime() / 1_000;
  for (const title of TITLES) {
    await createItem(services, Task, 'acme', { ...values, title });
    // Between all that live, two that have expired and that DynamoDB has not deleted yet.
    await createItem(services, Task, 'acme', { ...values, title: 'expired', expires: past });
    await createItem(services, Task, 'acme', { ...values, title: 'expired', expires: past });
  }
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

interface Page {
  readonly titles: string[];
  readonly cursors: string[];
  readonly info: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

async function page(args: Record<string, unknown>): Promise<Page> {
  const query = `query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { project(id: $id) {
    tasks(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const { data, errors } = await roster.graphql(admin, query, { id: project, ...args });
  expect(errors).toBeUndefined();
  const { edges, pageInfo } = data.project.tasks;
  return {
    titles: edges.map(({ node }: { node: { title: string } }) => node.title),
    cursors: edges.map(({ cursor }: { cursor: string }) => cursor),
    info: pageInfo,
  };
}

it.each([1, 2, 7, 24, 25, 26, 100])(
  'pages of %i, forward, hold every live item once, full until the last',
  async (first) => {
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const { titles, cursors, info }: Page = await page({ first, after });
      seen.push(...titles);
      expect(info.startCursor).toBe(cursors[0]);
      expect(info.endCursor).toBe(cursors.at(-1));
      expect(info.hasPreviousPage).toBe(after !== null);
      expect(titles).toHaveLength(Math.min(first, TITLES.length - seen.length + titles.length));
      expect(info.hasNextPage).toBe(seen.length < TITLES.length);
      if (!info.hasNextPage) break;
      after = info.endCursor;
    }
    expect(seen).toEqual(TITLES);
  },
);

it.each([1, 7, 25, 100])('pages of %i, backward, are the same in the same order', async (last) => {
  const seen: string[] = [];
  let before: string | null = null;
  for (;;) {
    const { titles, info }: Page = await page({ last, before });
    seen.unshift(...titles);
    expect(info.hasNextPage).toBe(before !== null);
    if (!info.hasPreviousPage) break;
    before = info.startCursor;
  }
  expect(seen).toEqual(TITLES);
});

it('every edge is a place to go on from, in both directions, with the same cursor every time', async () => {
  const { cursors } = await page({ first: 100 });
  expect((await page({ first: 100 })).cursors).toEqual(cursors);
  for (const [i, cursor] of cursors.entries()) {
    expect((await page({ first: 2, after: cursor })).titles).toEqual(TITLES.slice(i + 1, i + 3));
    expect((await page({ last: 2, before: cursor })).titles).toEqual(TITLES.slice(Math.max(0, i - 2), i));
  }
});

it('a cursor stays good when its item is gone', async () => {
  const values = { name: 'A', zip: '1', state: 'TX', country: 'US', location: { lat: 0, lng: 0 } };
  for (const city of ['Austin', 'Dallas', 'Houston'])
    await createItem(roster.services, Office, 'acme', { ...values, city });
  const query = 'query($after: String) { offices(first: 1, after: $after) { edges { cursor node { id city } } } }';
  const [first] = (await roster.graphql(admin, query)).data.offices.edges;
  await roster.graphql(admin, 'mutation($id: ID!) { closeOffice(input: { id: $id }) { __typename } }', {
    id: first.node.id,
  });
  expect((await roster.graphql(admin, query, { after: first.cursor })).data.offices.edges[0].node.city).toBe('Dallas');
});

it('what has expired is nowhere to be seen, and what refers to it reads null', async () => {
  const { services } = roster;
  const expires = new Date('2026-07-01').getTime() / 1_000;
  const { project: id } = await createItem(services, Project, 'acme', { name: 'Short', status: 'planned', expires });
  const task = await createItem(services, Task, 'acme', {
    title: 'Soon orphaned',
    project: id,
    status: 'open',
    priority: 'low',
  });
  const query =
    'query($project: ID!, $task: ID!) { project(id: $project) { name } task(id: $task) { project { name } } projects(status: PLANNED) { edges { node { name } } } }';
  const variables = { project: encodeGlobalId('Project', id), task: encodeGlobalId('Task', task.task) };
  const before = (await roster.graphql(admin, query, variables)).data;
  expect(before).toEqual({
    project: { name: 'Short' },
    task: { project: { name: 'Short' } },
    projects: { edges: [{ node: { name: 'Short' } }] },
  });
  roster.clock.set('2026-07-01T00:00:00Z');
  const after = (await roster.graphql(admin, query, variables)).data;
  expect(after).toEqual({ project: null, task: { project: null }, projects: { edges: [] } });
  const change = 'mutation($id: ID!) { updateProject(input: { id: $id, name: "x" }) { __typename } }';
  expect((await roster.graphql(admin, change, { id: variables.project })).data.updateProject.__typename).toBe(
    'NotFoundError',
  );
  const create = 'mutation($id: ID!) { createTask(input: { project: $id, title: "x" }) { __typename } }';
  expect((await roster.graphql(admin, create, { id: variables.project })).data.createTask.__typename).toBe(
    'NotFoundError',
  );
});

it('the id alone of what has expired is told where the relation says so, and the object is null', async () => {
  const { services } = roster;
  const { project: id } = await createItem(services, Project, 'acme', { name: 'Old', status: 'done', expires: 2e9 });
  const values = { title: 'Orphaned', project: id, status: 'open', priority: 'low' } as const;
  const { task } = await createItem(services, Task, 'acme', values);
  roster.clock.set('2040-01-01T00:00:00Z');
  const query = 'query($id: ID!) { task(id: $id) { project { id } } named: task(id: $id) { project { id name } } }';
  const { data } = await roster.graphql(admin, query, { id: encodeGlobalId('Task', task) });
  expect(data).toEqual({ task: { project: { id: encodeGlobalId('Project', id) } }, named: { project: null } });
  const type = await roster.graphql(admin, '{ __type(name: "Task") { fields { name description } } }');
  expect(type.data.__type.fields).toContainEqual({
    name: 'project',
    description: expect.stringContaining('whether or not the project has expired'),
  });
});

it('what a cursor was made for may be gone: it is said to stand on the other side, and the next page is empty', async () => {
  const values = { name: 'Z', zip: '1', state: 'ZZ', country: 'ZW', location: { lat: 0, lng: 0 } };
  for (const city of ['Bulawayo', 'Harare']) await createItem(roster.services, Office, 'acme', { ...values, city });
  const offices = async (args: string) => {
    const query = `{ offices(country: "ZW", ${args}) { edges { cursor node { id city } } pageInfo { hasNextPage endCursor } } }`;
    return (await roster.graphql(admin, query)).data.offices;
  };
  const [harare] = (await offices('last: 1')).edges;
  await roster.graphql(admin, `mutation { closeOffice(input: { id: "${harare.node.id}" }) { __typename } }`);
  const { edges, pageInfo } = await offices(`last: 1, before: "${harare.cursor}"`);
  expect([edges[0].node.city, pageInfo.hasNextPage]).toEqual(['Bulawayo', true]);
  const next = await offices(`first: 1, after: "${pageInfo.endCursor}"`);
  expect(next).toEqual({ edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
});

it('a page that can not be filled within the work budget says where to go on, and nothing is missed', async () => {
  const { services } = roster;
  const { project: id } = await createItem(services, Project, 'acme', { name: 'Graveyard', status: 'done' });
  const at = '2026-01-01T00:00:00.000Z';
  const alive = [0, 1, 450, 999];
  const rows = Array.from({ length: 1_000 }, (_, i) =>
    Task.put({
      org: 'acme',
      task: `t${String(i).padStart(6, '0')}`,
      title: String(i),
      project: id,
      status: 'open',
      priority: 'low',
      version: 1,
      createdAt: at,
      updatedAt: at,
      ...(alive.includes(i) ? {} : { expires: 1 }),
    }),
  );
  await services.table.batchWrite(rows);
  const query = `query($id: ID!, $after: String, $first: Int) { project(id: $id) {
    tasks(first: $first, after: $after) { edges { node { title } } pageInfo { hasNextPage endCursor } } } }`;
  const seen: number[] = [];
  let failures = 0;
  let place: { after: unknown; first: unknown } | undefined = { after: null, first: 10 };
  while (place) {
    const { data, errors } = await roster.graphql(admin, query, { id: encodeGlobalId('Project', id), ...place });
    const [error] = errors ?? [];
    if (error) {
      expect(error.extensions['code']).toBe('WORK_BUDGET_EXCEEDED');
      failures++;
      place = { after: error.extensions['cursor'], first: error.extensions['found'] || 10 };
      continue;
    }
    const { edges, pageInfo } = data.project.tasks;
    seen.push(...edges.map(({ node }: { node: { title: string } }) => Number(node.title)));
    place = pageInfo.hasNextPage ? { after: pageInfo.endCursor, first: 10 } : undefined;
  }
  expect(seen).toEqual(alive);
  expect(failures).toBeGreaterThan(2);
});
