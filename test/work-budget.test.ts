import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Project, Task } from '../src/entities/index.ts';
import { WorkBudgetExceededError } from '../src/errors.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import type { ListRequest } from '../src/schema/electrodb/list.ts';
import { WorkBudget } from '../src/schema/electrodb/work-budget.ts';
import { readerOf } from './support/reader.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const BUDGET = 200;
const AT = '2026-01-01T00:00:00.000Z';
const common = { org: 'acme', version: 1, createdAt: AT, updatedAt: AT };
const admin = { org: 'acme', role: 'ADMIN' } as const;
const PROJECTS = Array.from({ length: 20 }, (_, i) => `p${String(i).padStart(2, '0')}`);

beforeAll(async () => {
  roster = await startRoster({ WORK_BUDGET_ROWS: String(BUDGET), MAX_ALIASES: '1000' });
  const tasks = PROJECTS.flatMap((project, p) =>
    Array.from({ length: 12 }, (_, i) =>
      Task.put({
        ...common,
        project,
        task: `${project}t${i}`,
        title: `${i}`,
        status: 'open',
        priority: 'low',
        points: p,
      }),
    ),
  );
  const projects = PROJECTS.map((project) => Project.put({ ...common, project, name: project, status: 'active' }));
  await roster.services.table.batchWrite([...projects, ...tasks]);
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

/** Rows that all calls together have read, no less than one each; and the codes of what failed. */
async function cost(query: string) {
  const { data, errors = [] } = await roster.graphql(admin, query);
  const rows = roster.calls.map(({ scanned, keys }) => Math.max(1, scanned ?? keys?.length ?? 0));
  const codes = new Set(errors.map(({ extensions }) => extensions['code']));
  return { data, codes: [...codes], rows: rows.reduce((sum, each) => sum + each, 0) };
}

const each = (ids: readonly string[], field: (id: string, i: number) => string) =>
  `{ ${ids.map((id, i) => `a${i}: ${field(encodeGlobalId('Project', id), i)}`).join(' ')} }`;

describe('whatever is asked for at the same time, no more rows are read than the budget has:', () => {
  it.each([
    ['counts', each(PROJECTS, (id) => `project(id: "${id}") { tasks { totalCount } }`)],
    ['pages', each(PROJECTS, (id) => `project(id: "${id}") { tasks(first: 100) { edges { cursor } } }`)],
    [
      'pages under filters that nothing passes',
      each(
        PROJECTS,
        (id) => `project(id: "${id}") { tasks(first: 5, filter: { title: { eq: "x" } }) { edges { cursor } } }`,
      ),
    ],
    [
      'pages of one list',
      `{ project(id: "${encodeGlobalId('Project', 'p00')}") { ${Array.from({ length: 100 }, (_, i) => `a${i}: tasks(first: ${i}) { edges { cursor } }`).join(' ')} } }`,
    ],
    [
      'Queries that find nothing',
      `{ project(id: "${encodeGlobalId('Project', 'p00')}") { ${Array.from({ length: 250 }, (_, i) => `a${i}: tasks(status: ${['DONE', 'BLOCKED', 'IN_PROGRESS'][i % 3]}, first: ${(i % 100) + 1}) { edges { cursor } }`).join(' ')} } }`,
    ],
    ['lists within lists', '{ projects { edges { node { tasks { edges { node { title project { name } } } } } } } }'],
    [
      'objects by id',
      each(
        Array.from({ length: 300 }, (_, i) => `none${i}`),
        (id) => `node(id: "${id}") { id }`,
      ),
    ],
  ])('%s', async (_what, query) => {
    const { codes, rows } = await cost(query);
    expect(rows).toBeLessThanOrEqual(BUDGET);
    // Nothing is left over that could have been used.
    expect(rows).toBeGreaterThan(BUDGET - 15);
    expect(codes).toEqual(['WORK_BUDGET_EXCEEDED']);
  });
});

it('what is set aside for a call and not read is there for others', async () => {
  // Each count may read 500 rows and reads 12, each page 101 and reads 12.
  const half = PROJECTS.slice(0, 8);
  const { codes, data } = await cost(
    each(half, (id) => `project(id: "${id}") { tasks(first: 100) { edges { cursor } totalCount } }`),
  );
  expect(codes).toEqual([]);
  for (const { tasks } of Object.values<{ tasks: object }>(data)) expect(tasks).toMatchObject({ totalCount: 12 });
});

it('what is beyond the budget is told of where it is asked for, and the rest is there', async () => {
  const ids = [...PROJECTS, ...Array.from({ length: 190 }, (_, i) => `none${i}`)];
  const { data, errors = [] } = await roster.graphql(
    admin,
    each(ids, (id) => `node(id: "${id}") { id }`),
  );
  expect(errors).toHaveLength(10);
  expect(errors[0]?.message).toBe('the operation has read the 200 rows that one may read; ask for less at a time');
  expect(Object.values(data).filter((node) => node !== null)).toHaveLength(PROJECTS.length);
});

it('a parent and its children come by one Query only if there is a row left for a child', async () => {
  const board: ListRequest = { entity: Task, index: 'board', composites: { project: 'p00' }, args: {}, field: 'test' };
  const reader = readerOf(roster, { workBudgetRows: 3 });
  await reader.loadMany(Project, ['p01', 'p02']);
  await expect(reader.loadWithPages(Project, 'p00', [board])).rejects.toThrow(WorkBudgetExceededError);
  // One is enough for the parent alone.
  expect(await reader.load(Project, 'p00')).toMatchObject({ name: 'p00' });
});

describe('a page', () => {
  const list = (first: number, after?: string | null): ListRequest<Task> => ({
    ...{ entity: Task, index: 'board', composites: { project: 'p00' }, field: 'test' },
    args: { first, after },
    filter: { path: ['title'], op: 'in', values: ['1', '11'] },
  });

  it('that is full when the budget is used up says that more may follow, and goes on behind what it shows', async () => {
    // Of twelve rows the second and the fourth in the order of their ids are shown: t0, t1, t10, t11, t2, …
    const open = (request: ListRequest<Task>) => readerOf(roster, { workBudgetRows: 6 }).connection(request);
    const page = await open(list(2));
    expect((await page.edges).map(({ node }) => node.title)).toEqual(['1', '11']);
    const { hasNextPage, endCursor } = await page.pageInfo;
    expect(hasNextPage).toBe(true);
    const failure = await open(list(2, endCursor)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkBudgetExceededError);
    const rest = await open(list(2, (failure as WorkBudgetExceededError).cursor));
    expect([await rest.edges, (await rest.pageInfo).hasNextPage]).toEqual([[], false]);
  });
});

describe('the budget', () => {
  const work = (rows: number, read: number, atLeast?: number) => ({
    rows,
    ...(atLeast === undefined ? {} : { atLeast }),
    send: async (granted: number) => ({ granted, read: Math.min(read, granted) }),
    read: (answer: { readonly granted: number; readonly read: number }) => answer.read,
  });

  it('grants what is left when nothing under way may give any back', async () => {
    const budget = new WorkBudget(10);
    expect(await budget.spend(work(8, 8))).toMatchObject({ granted: 8 });
    expect(await budget.spend(work(8, 8))).toMatchObject({ granted: 2 });
    await expect(budget.spend(work(1, 1))).rejects.toThrow(WorkBudgetExceededError);
  });

  it('makes calls wait for those under way', async () => {
    const budget = new WorkBudget(10);
    const all = await Promise.all([budget.spend(work(8, 1)), budget.spend(work(8, 1)), budget.spend(work(8, 8))]);
    expect(all.map(({ granted }) => granted)).toEqual([8, 8, 8]);
  });

  it('refuses what would be of no use, takes one row for nothing, and all that was set aside for a failure', async () => {
    const budget = new WorkBudget(5);
    await budget.spend(work(3, 0));
    const away = () => Promise.reject(new Error('away'));
    await expect(budget.spend({ rows: 2, send: away, read: () => 0 })).rejects.toThrow('away');
    expect(await budget.spend(work(1, 1))).toMatchObject({ granted: 1 });
    await expect(budget.spend(work(3, 3, 2))).rejects.toThrow(WorkBudgetExceededError);
    expect(await budget.spend(work(3, 3))).toMatchObject({ granted: 1 });
  });
});
