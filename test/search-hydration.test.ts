import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../src/auth/viewer.ts';
import { deleteItem, updateItem } from '../src/entities/core/write.ts';
import { Employee, Task } from '../src/entities/index.ts';
import type { Explanation } from '../src/plugins/explain/explanation.ts';
import { decodeGlobalId, encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { indexTable } from './support/document-writer.ts';
import { randomCompany } from './support/random-company.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

// The indexes stand still: what is written after `indexTable` they do not know.

let roster: TestRoster;
const SOON = '2026-07-01T00:00:00.000Z';
const COUNT = 130;

const task = (i: number, values: Partial<Parameters<typeof Task.put>[0]> = {}) =>
  Task.put({
    ...{ org: 'acme', version: 1, createdAt: NOW, updatedAt: NOW, project: 'p', status: 'open', priority: 'low' },
    ...values,
    task: `t${String(i).padStart(3, '0')}`,
    title: `Paint wall ${i}`,
    points: i % 100,
    dueOn: '2026-12-24',
  });

const idOf = (i: number) => `t${String(i).padStart(3, '0')}`;

beforeAll(async () => {
  roster = await startRoster({ EXPLAIN: 'everyone' });
  const expires = Date.parse(SOON) / 1_000;
  await roster.services.table.batchWrite([
    ...Array.from({ length: COUNT }, (_, i) => task(i)),
    ...[0, 1, 2].map((i) => task(i, { org: 'fading', ...(i === 1 ? { expires } : {}) })),
    ...randomCompany({ org: 'random', seed: 1 }),
    ...randomCompany({ org: 'moved', seed: 1 }),
  ]);
  await indexTable(roster);
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

async function ask(query: string, { org = 'acme', role = 'HR' as Role } = {}) {
  const { data, errors, extensions } = await roster.graphql({ org, role }, query, {}, { 'x-roster-explain': '1' });
  expect(errors).toBeUndefined();
  return { found: data.found, explained: extensions.explain as Explanation };
}

/** What an operation sent, by round trip. */
function sent({ calls }: Explanation): string[] {
  const rounds = [...Map.groupBy(calls, ({ roundTrip }) => roundTrip).values()];
  return rounds.map((round) =>
    round
      .map(({ operation }) => operation)
      .sort()
      .join(', '),
  );
}

const titles = ({ edges }: { readonly edges: readonly { readonly node: { readonly title: string } }[] }) =>
  edges.map(({ node }) => node.title);

const PAGE = 'edges { node { title version } highlights { title { html } } } pageInfo { hasNextPage }';

describe('hits from the table', () => {
  it.each([
    ['one that is as it was indexed', 'searchTasks(query: "wall", first: 3) { edges { node { title } } }', 'acme'],
    [
      'one with an order, a filter, highlights and facets',
      `searchTasks(query: "wall", orderBy: [{ by: POINTS }], filter: { status: { eq: OPEN } }, first: 100) {
        edges { score highlights { title { html } } node { title } } facets { status { value count } points { min max } } }`,
      'acme',
    ],
    [
      'one of several beginnings of a facet',
      `searchEmployees(first: 40) { edges { node { title } } facets { a: title(startsWith: "c") { value }
        b: title(startsWith: "s") { value } c: title { value } } }`,
      'random',
    ],
    [
      'one near a place',
      `searchOffices(near: { point: { lat: 0, lng: 0 }, withinMeters: 20000000 }) {
        edges { distanceMeters node { name } } facets { city(startsWith: "c") { value } } }`,
      'random',
    ],
    [
      'one of everything',
      `search(query: "wall", first: 100) {
        edges { score highlights { html } node { ... on Task { title } } } facets { task { status { value } } } }`,
      'acme',
    ],
  ])('%s costs one search and one batch', async (_what, query, org) => {
    const { found, explained } = await ask(`{ found: ${query} }`, { org });
    expect(found.edges.length).toBeGreaterThan(2);
    expect(sent(explained)).toEqual([query.startsWith('search(') ? 'federated' : 'multi-search', 'BatchGetItem']);
  });

  it('are as the table is now, without highlights where they have changed', async () => {
    await updateItem(roster.services, Task, { org: 'acme', id: idOf(7) }, { title: 'Paint the door' });
    const { found } = await ask(
      `{ found: searchTasks(filter: { points: { in: [7, 8] } }, query: "wall", first: 4) { ${PAGE} } }`,
    );
    const html = (i: number) => ({ title: { html: `Paint <mark>wall</mark> ${i}` } });
    expect(found.edges).toHaveLength(4);
    expect(found.edges).toContainEqual({ node: { title: 'Paint the door', version: 2 }, highlights: { title: null } });
    for (const i of [8, 107, 108])
      expect(found.edges).toContainEqual({ node: { title: `Paint wall ${i}`, version: 1 }, highlights: html(i) });
  });

  it('are never deleted or expired ones; the page is filled up once', async () => {
    const query = (first: number) =>
      `{ found: searchTasks(orderBy: [{ by: POINTS }], filter: { points: { gte: 20 } }, first: ${first}) { totalCount ${PAGE} } }`;
    const before = titles((await ask(query(6))).found);
    for (const i of [20, 121]) await deleteItem(roster.services, Task, { org: 'acme', id: idOf(i) });
    await roster.services.table.batchWrite([task(22, { expires: Date.parse(NOW) / 1_000 - 1 })]);
    const { found, explained } = await ask(query(6));
    const gone = new Set(['Paint wall 20', 'Paint wall 121', 'Paint wall 22']);
    expect(titles(found).slice(0, 3)).toEqual(before.filter((title) => !gone.has(title)));
    expect(titles(found)).toHaveLength(6);
    expect(found.pageInfo.hasNextPage).toBe(true);
    expect(sent(explained)).toEqual(['multi-search', 'BatchGetItem', 'multi-search', 'BatchGetItem']);
  });

  it.each([
    ['upcomingBirthdays', { birthday: '1990-01-01' }],
    ['upcomingAnniversaries', { hiredOn: '2020-01-01' }],
    ['upcomingAnniversaries', { hiredOn: '2026-07-02' }],
  ])('leave %s out that are another day by now, %o', async (field, change) => {
    const query = `{ found: ${field}(withinDays: 100, first: 100) { edges { node { date employee { id } } } } }`;
    const before = (await ask(query, { org: 'moved' })).found.edges;
    const moved = before[0].node.employee.id;
    await updateItem(roster.services, Employee, { org: 'moved', id: decodeGlobalId(moved, 'id').id }, change);
    expect((await ask(query, { org: 'moved' })).found.edges).toEqual(before.slice(1));
  });

  it('can be fewer than asked for when what fills the page up is gone as well', async () => {
    const ids = [40, 41, 42, 43];
    const query = `{ found: searchTasks(filter: { points: { gte: 40, lte: 44 } }, orderBy: [{ by: POINTS }], first: 3) { ${PAGE} } }`;
    for (const i of ids) await deleteItem(roster.services, Task, { org: 'acme', id: idOf(i) });
    const { found, explained } = await ask(query);
    expect(titles(found)).toEqual(['Paint wall 44']);
    expect(found.pageInfo.hasNextPage).toBe(false);
    expect(sent(explained).filter((round) => round === 'multi-search')).toHaveLength(2);
  });
});

describe('hits from the index', () => {
  const args = 'consistency: INDEX, first: 100';

  it.each([
    ['an id', 'searchTasks', 'id'],
    ['attributes that the index holds', 'searchTasks', 'title description status points dueOn completedAt version'],
    ['ids of references', 'searchTasks', 'title project { id } employee { id }'],
    ['a place', 'searchOffices', 'name location { lat lng }'],
    ['a write token', 'searchProjects', 'name writeToken'],
  ])('take no call of the table for %s', async (_what, field, selection) => {
    const { found } = await ask(`{ found: ${field}(${args}) { edges { node { ${selection} } } } }`, { org: 'random' });
    expect(found.edges.length).toBeGreaterThan(2);
    expect(roster.calls).toEqual([]);
  });

  it.each([
    ['attributes that it does not hold', 'searchEmployees', 'createdAt'],
    ['references that it does not hold', 'searchEmployees', 'manager { id }'],
    ['references that may be gone', 'searchProjects', 'lead { id }'],
    ['attributes of references', 'searchTasks', 'project { name }'],
    ['lists', 'searchProjects', 'tasks { edges { node { id } } }'],
    ['restricted attributes that nothing is restricted by', 'searchEmployees', 'salary { amount }'],
  ])('are read from the table for %s', async (_what, field, selection) => {
    await ask(`{ found: ${field}(${args}) { edges { node { ${selection} } } } }`, { org: 'random' });
    expect(roster.calls.length).toBeGreaterThan(0);
  });

  it('tell how far they are, as those of the table do', async () => {
    const read = async (consistency: string) => {
      const near = 'near: { point: { lat: 10, lng: 20 }, withinMeters: 20000000 }';
      const query = `{ found: searchOffices(consistency: ${consistency}, ${near}) { edges { distanceMeters node { name } } } }`;
      roster.calls.length = 0;
      return (await ask(query, { org: 'random' })).found.edges;
    };
    const fromTable = await read('TABLE');
    expect(await read('INDEX')).toEqual(fromTable);
    expect(roster.calls).toEqual([]);
    expect(fromTable[0].distanceMeters).toBeGreaterThan(0);
  });

  const EMPLOYEE = 'id writeToken version firstName lastName email title team hiredOn office { id }';
  it.each([
    ['searchOffices', '', 'id version name street zip city state country location { lat lng }'],
    ['searchEmployees', '', EMPLOYEE],
    // What an order is restricted by is in the index that answers it.
    ['searchEmployees', 'orderBy: [{ by: SALARY_AMOUNT }]', `${EMPLOYEE} birthday salary { amount currency }`],
    ['searchProjects', '', 'id version name description status startsOn dueOn'],
    [
      'searchTasks',
      '',
      'id version title description status priority points dueOn completedAt project { id } employee { id }',
    ],
  ])('of %s %s equal those of the table', async (field, more, given) => {
    const selection = given.replace('writeToken ', '');
    const read = async (consistency: string) => {
      roster.calls.length = 0;
      const query = `{ found: ${field}(consistency: ${consistency}, first: 100 ${more && `, ${more}`}) { edges { node { ${selection} } } } }`;
      return (await ask(query, { org: 'random' })).found;
    };
    const fromTable = await read('TABLE');
    expect(roster.calls).not.toEqual([]);
    expect(await read('INDEX')).toEqual(fromTable);
    expect(roster.calls).toEqual([]);
    expect(fromTable.edges.length).toBeGreaterThan(4);
  });

  it('have restricted attributes only for those who may read them', async () => {
    const query = `{ found: searchEmployees(${args}) { edges { node { id salary { amount } } } } }`;
    const { data, errors } = await roster.graphql({ org: 'random', role: 'MANAGER' }, query);
    expect(new Set(errors?.map(({ extensions }) => extensions['code']))).toEqual(new Set(['FORBIDDEN']));
    expect(data.found.edges.filter(({ node }: { node: { salary: unknown } }) => node.salary !== null)).toEqual([]);
  });

  it('are as they were when they were indexed, with their highlights', async () => {
    await updateItem(roster.services, Task, { org: 'acme', id: idOf(60) }, { title: 'Paint the floor' });
    const query = (consistency: string) =>
      `{ found: searchTasks(consistency: ${consistency}, query: "wall", filter: { points: { eq: 60 } }) { ${PAGE} } }`;
    const { edges } = (await ask(query('INDEX'))).found;
    const html = 'Paint <mark>wall</mark> 60';
    expect(edges).toEqual([{ node: { title: 'Paint wall 60', version: 1 }, highlights: { title: { html } } }]);
    expect(titles((await ask(query('TABLE'))).found)).toEqual(['Paint the floor']);
  });

  it('are never expired ones', async () => {
    const query = `{ found: searchTasks(${args}) { totalCount edges { node { id } } } }`;
    const ids = async () =>
      (await ask(query, { org: 'fading' })).found.edges.map(({ node }: { node: { id: string } }) => node.id);
    const all = [0, 1, 2].map((i) => encodeGlobalId('Task', idOf(i)));
    expect((await ids()).toSorted()).toEqual(all.toSorted());
    roster.clock.set(SOON);
    expect((await ids()).toSorted()).toEqual([all[0], all[2]].toSorted());
    roster.clock.set(NOW);
  });
});
