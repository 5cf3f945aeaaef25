import { beforeAll, beforeEach, expect, it } from 'vitest';
import { type Condition, compileFilter } from '../src/entities/core/filter.ts';
import type { QueryRange } from '../src/entities/core/table.ts';
import { anyCondition, anyItem, holds } from './support/conditions.ts';
import { random } from './support/random.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const next = random(7);
const ITEMS = Array.from({ length: 60 }, (_, i) => ({ ...anyItem(next), id: `i${String(i).padStart(3, '0')}` }));
const range: QueryRange = { index: 'gsi1', pk: 'filtered', beginsWith: 'i', pattern: 'test' };

beforeAll(async () => {
  roster = await startRoster();
  const keys = (id: string) => ({ pk: id, sk: 'x', gsi1pk: 'filtered', gsi1sk: id });
  await roster.services.table.batchWrite(ITEMS.map((item) => ({ Put: { Item: { ...item, ...keys(item.id) } } })));
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

const idsOf = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map(({ id }) => id);
const query = async (filter: Condition) =>
  idsOf((await roster.services.table.query(range, { limit: 100, filter })).rows);

const many = Array.from({ length: 250 }, (_, i) => `v${i}`);
const cases: Readonly<Record<string, Condition>> = {
  'ne holds for what is absent': { path: ['text'], op: 'ne', value: 'a' },
  'not eq is ne': { not: { path: ['text'], op: 'eq', value: 'a' } },
  'a property of a map': { path: ['pay', 'amount'], op: 'gte', value: 7 },
  'a reserved word': { path: ['name'], op: 'beginsWith', value: 'a' },
  'a dot in a name': { path: ['dotted.name'], op: 'eq', value: 1 },
  'text within text, or an element of a list': {
    or: [
      { path: ['text'], op: 'contains', value: 'b' },
      { path: ['tags'], op: 'contains', value: 7 },
    ],
  },
  'nothing in an empty list': { path: ['text'], op: 'in', values: [] },
  'everything not in an empty list': { not: { path: ['text'], op: 'in', values: [] } },
  'more than a hundred values': { path: ['text'], op: 'in', values: [...many, 'ab'] },
  'none of more than a hundred values': { not: { path: ['text'], op: 'in', values: [...many, 'ab'] } },
  'an empty and': { and: [] },
  'an empty or': { or: [] },
  'what a dead branch asks about is not asked': {
    or: [{ and: [{ path: ['text'], op: 'eq', value: 'a' }, { or: [] }] }, { path: ['size'], op: 'gt', value: 0 }],
  },
  'joints of one within joints of one': { and: [{ or: [{ and: [{ path: ['size'], op: 'lte', value: 0 }] }] }] },
  'or within and within not': {
    not: {
      and: [
        {
          or: [
            { path: ['size'], op: 'gt', value: 0 },
            { path: ['flag'], op: 'eq', value: true },
          ],
        },
        { not: { path: ['text'], op: 'exists', value: false } },
      ],
    },
  },
  'an absent composite does not exist': { path: ['owner'], op: 'exists', value: false, sentinel: true },
  'a present composite exists': { path: ['owner'], op: 'exists', value: true, sentinel: true },
  'an absent composite is not less than anything': { path: ['owner'], op: 'lt', value: 'b', sentinel: true },
  'an absent composite equals nothing, not even its sentinel': {
    path: ['owner'],
    op: 'eq',
    value: '-',
    sentinel: true,
  },
  'an absent composite is in no list': { path: ['owner'], op: 'in', values: ['-', 'a'], sentinel: true },
  'an absent composite contains nothing': { path: ['owner'], op: 'contains', value: '-', sentinel: true },
  'an absent composite differs from everything': { path: ['owner'], op: 'ne', value: '-', sentinel: true },
  'not less than, of an absent composite': { not: { path: ['owner'], op: 'lt', value: 'b', sentinel: true } },
};

it.each(Object.entries(cases))('%s', async (_name, condition) => {
  expect(await query(condition)).toEqual(idsOf(ITEMS.filter((item) => holds(condition, item))));
});

it('any condition finds what the plain way to tell finds', async () => {
  const sizes = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const condition = anyCondition(next, 4);
    const expected = idsOf(ITEMS.filter((item) => holds(condition, item)));
    sizes.add(expected.length);
    expect(await query(condition), JSON.stringify(condition)).toEqual(expected);
  }
  expect(sizes.size).toBeGreaterThan(20);
});

it('what can be true of nothing is not even asked', async () => {
  const nothing: Condition = {
    and: [
      { path: ['size'], op: 'gt', value: 0 },
      { path: ['text'], op: 'in', values: [] },
    ],
  };
  expect(await roster.services.table.query(range, { limit: 10, filter: nothing })).toEqual({ rows: [], scanned: 0 });
  expect(await roster.services.table.count(range, { limit: 10, filter: nothing })).toEqual({ count: 0, scanned: 0 });
  expect(roster.calls).toEqual([]);
});

it('a page under a filter says how far it got, and counts are those of the rows', async () => {
  const { table } = roster.services;
  const filter: Condition = { path: ['text'], op: 'eq', value: 'nothing has this' };
  const page = await table.query(range, { limit: 10, filter });
  expect(page).toMatchObject({
    rows: [],
    scanned: 10,
    next: { gsi1sk: 'i009', gsi1pk: 'filtered', pk: 'i009', sk: 'x' },
  });
  const rest = await table.query(range, { limit: 100, after: page.next });
  expect(idsOf(rest.rows)).toEqual(idsOf(ITEMS.slice(10)));
  const hasText: Condition = { path: ['text'], op: 'exists', value: true };
  const counted = await table.count(range, { limit: 100, filter: hasText });
  expect(counted).toEqual({ count: (await query(hasText)).length, scanned: ITEMS.length });
  expect(roster.calls.filter(({ counts }) => counts)).toMatchObject([{ operation: 'Query', items: counted.count }]);
});

it('the observer is told what is asked, names and values filled in', async () => {
  await query({
    and: [{ path: ['pay', 'amount'], op: 'gte', value: 5 }, { not: { path: ['flag'], op: 'eq', value: false } }],
  });
  expect(roster.calls).toMatchObject([{ filter: 'pay.amount >= 5 AND NOT flag = false' }]);
});

const positive: Condition = { path: ['size'], op: 'gt', value: 0 };
/** Compares, joins and denies so often. */
const ofOperators = (count: number): Condition => {
  const and = { and: Array.from({ length: Math.ceil(count / 2) }, () => positive) };
  return count % 2 === 1 ? and : { not: and };
};
const oneOf = (count: number): Condition => ({
  path: ['size'],
  op: 'in',
  values: Array.from({ length: count }, (_, i) => i),
});

it('takes all that DynamoDB takes', async () => {
  expect(await query(ofOperators(299))).toEqual(await query(positive));
  expect(await query(ofOperators(300))).toEqual(await query({ not: positive }));
  const fits = (count: number) => {
    try {
      return compileFilter(oneOf(count)) !== false;
    } catch {
      return false;
    }
  };
  const most = Array.from({ length: 2_000 }, (_, i) => i + 1).findLast(fits) ?? 0;
  expect(most).toBeGreaterThan(700);
  expect(await query(oneOf(most))).toEqual(await query({ path: ['size'], op: 'gte', value: 0 }));
});

it.each<[string, Condition]>([
  ['comes to 301 operators, and DynamoDB takes 300', ofOperators(301)],
  ['bytes as an expression, and DynamoDB takes 4096', oneOf(2_000)],
  ['bytes of values, and DynamoDB takes 2097152', { path: ['text'], op: 'eq', value: 'x'.repeat(2 * 1_024 ** 2 + 1) }],
  ["can't compare with 100000000000000000000", { path: ['size'], op: 'gt', value: 1e20 }],
  ["can't compare with 1e-200", { path: ['size'], op: 'gt', value: 1e-200 }],
  ["can't compare with NaN", { path: ['size'], op: 'gt', value: Number.NaN }],
])('refuses before sending: %s', async (problem, filter) => {
  const message = expect.stringContaining(problem);
  const refusal = { code: 'BAD_USER_INPUT', argument: 'filter', message };
  await expect(roster.services.table.query(range, { limit: 1, filter })).rejects.toMatchObject(refusal);
  await expect(roster.services.table.count(range, { limit: 1, filter })).rejects.toMatchObject(refusal);
  expect(roster.calls).toEqual([]);
});
