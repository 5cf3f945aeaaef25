import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Condition } from '../src/entities/core/filter.ts';
import { Task } from '../src/entities/index.ts';
import { BadCursorError, WorkBudgetExceededError } from '../src/errors.ts';
import type { ListRequest } from '../src/schema/electrodb/list.ts';
import type { ConnectionArgs } from '../src/schema/electrodb/page-args.ts';
import { readerOf } from './support/reader.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';
import { tripsText } from './support/round-trips.ts';

let roster: TestRoster;
const AT = '2026-01-01T00:00:00.000Z';
const COUNT = 200;
const common = { org: 'acme', project: 'p', status: 'open', priority: 'low', version: 1, createdAt: AT, updatedAt: AT };
const isExpired = (i: number) => i % 7 === 5;
const live = Array.from({ length: COUNT }, (_, i) => i).filter((i) => !isExpired(i));
const tens = live.filter((i) => i % 10 === 3);
const onlyTens: Condition = { path: ['points'], op: 'eq', value: 3 };
const nothing: Condition = { path: ['points'], op: 'gt', value: 50 };

beforeAll(async () => {
  roster = await startRoster();
  const rows = Array.from({ length: COUNT }, (_, i) =>
    Task.put({
      ...common,
      task: `t${String(i).padStart(3, '0')}`,
      title: String(i),
      points: i % 10,
      ...(isExpired(i) ? { expires: 1 } : {}),
    }),
  );
  await roster.services.table.batchWrite(rows);
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
  roster.trips.length = 0;
});

const list = (args: ConnectionArgs, more: Partial<ListRequest<Task>> = {}): ListRequest<Task> => ({
  entity: Task,
  index: 'board',
  composites: { project: 'p' },
  args,
  field: 'test',
  ...more,
});

/** A page as one operation reads it. */
async function page(request: ListRequest<Task>, options: Parameters<typeof readerOf>[1] = {}) {
  const connection = await readerOf(roster, options).connection(request);
  const edges = await connection.edges;
  return { titles: edges.map(({ node }) => Number(node.title)), edges, info: await connection.pageInfo };
}

const limits = () => roster.calls.map(({ limit }) => limit);

describe.each(['ASC', 'DESC'] as const)('in %s order', (order) => {
  const whole = order === 'ASC' ? tens : tens.toReversed();

  it.each([1, 3, 7, 16, 17, 18, 100])('filtered pages of %i, forward, are full until the last', async (first) => {
    const seen: number[] = [];
    let after: string | null = null;
    for (;;) {
      const { titles, info }: Awaited<ReturnType<typeof page>> = await page(
        list({ first, after }, { filter: onlyTens, order }),
      );
      seen.push(...titles);
      expect(titles).toHaveLength(Math.min(first, whole.length - seen.length + titles.length));
      expect(info.hasNextPage).toBe(seen.length < whole.length);
      expect(info.hasPreviousPage).toBe(after !== null);
      if (!info.hasNextPage) break;
      after = info.endCursor;
    }
    expect(seen).toEqual(whole);
  });

  it.each([1, 3, 7, 100])('filtered pages of %i, backward, are the same in the same order', async (last) => {
    const seen: number[] = [];
    let before: string | null = null;
    for (;;) {
      const { titles, info }: Awaited<ReturnType<typeof page>> = await page(
        list({ last, before }, { filter: onlyTens, order }),
      );
      seen.unshift(...titles);
      expect(info.hasPreviousPage).toBe(seen.length < whole.length);
      expect(info.hasNextPage).toBe(before !== null);
      if (!info.hasPreviousPage) break;
      before = info.startCursor;
    }
    expect(seen).toEqual(whole);
  });

  it('reads from the end that is asked for', async () => {
    await page(list({ first: 2 }, { order }));
    await page(list({ last: 2 }, { order }));
    expect(roster.calls.map(({ reverse }) => reverse)).toEqual(order === 'ASC' ? [false, true] : [true, false]);
  });
});

it('a page that fills slowly asks for twice as many rows each time, under a filter for four times as many', async () => {
  expect((await page(list({ first: 1 }, { filter: nothing }))).titles).toEqual([]);
  expect(limits()).toEqual([2, 8, 32, 128, 512]);
  roster.calls.length = 0;
  // One of the first seven rows has expired.
  await page(list({ first: 6 }));
  expect(limits()).toEqual([7, 14]);
});

it('and never for more than a thousand, nor than what is left of the work budget', async () => {
  const rows = Array.from({ length: 1_600 }, (_, i) =>
    Task.put({ ...common, project: 'many', task: `m${i}`, title: 'x' }),
  );
  await roster.services.table.batchWrite(rows);
  roster.calls.length = 0;
  const hundred = list({ first: 100 }, { filter: nothing, composites: { project: 'many' } });
  expect((await page(hundred)).titles).toEqual([]);
  expect(limits()).toEqual([101, 404, 1_000, 1_000]);
  roster.calls.length = 0;
  await expect(page(hundred, { workBudgetRows: 150 })).rejects.toThrow(WorkBudgetExceededError);
  expect(limits()).toEqual([101, 49]);
});

it.each(['forward', 'backward'] as const)(
  'what the work budget cuts short goes on %s, and nothing is missed',
  async (way) => {
    const rare: Condition = { path: ['title'], op: 'in', values: ['1', '2', '90', '198', '199'] };
    const whole = [1, 2, 90, 198, 199];
    const seen: number[] = [];
    let failures = 0;
    let cursor: string | null = null;
    let size = 3;
    for (;;) {
      const args: ConnectionArgs = way === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor };
      try {
        const { titles, info }: Awaited<ReturnType<typeof page>> = await page(list(args, { filter: rare }), {
          workBudgetRows: 30,
        });
        const [more, less] =
          way === 'forward' ? [info.hasNextPage, info.hasPreviousPage] : [info.hasPreviousPage, info.hasNextPage];
        // A cursor that nothing stands before leads to a first page.
        expect(less).toBe(seen.length > 0);
        if (way === 'forward') seen.push(...titles);
        else seen.unshift(...titles);
        if (!more) break;
        cursor = way === 'forward' ? info.endCursor : info.startCursor;
        size = 3;
      } catch (error) {
        if (!(error instanceof WorkBudgetExceededError)) throw error;
        expect(error.message).toContain(way === 'forward' ? 'as after' : 'as before');
        failures++;
        cursor = error.cursor ?? null;
        size = error.found || 3;
      }
    }
    expect(seen).toEqual(whole);
    expect(failures).toBeGreaterThan(3);
  },
);

it('where a page goes on from after reading in vain is a place in both directions', async () => {
  const last: Condition = { path: ['title'], op: 'in', values: ['198', '199'] };
  const failure = await page(list({ first: 1 }, { filter: last }), { workBudgetRows: 30 }).catch((error) => error);
  expect(failure).toMatchObject({ found: 0 });
  const forward = await page(list({ first: 5, after: failure.cursor }, { filter: last }));
  expect(forward).toMatchObject({ titles: [198, 199], info: { hasPreviousPage: false, hasNextPage: false } });
  const backward = await page(list({ last: 5, before: failure.cursor }, { filter: last }));
  expect(backward).toMatchObject({ titles: [], info: { hasPreviousPage: false, hasNextPage: true } });
});

it('a cursor is no use with another filter, another order, another list, field or organization', async () => {
  const { info } = await page(list({ first: 2 }, { filter: onlyTens }));
  const args = { first: 2, after: info.endCursor };
  expect((await page(list(args, { filter: onlyTens }))).titles).toEqual(tens.slice(2, 4));
  const others: Partial<ListRequest<Task>>[] = [
    {},
    { filter: nothing },
    { filter: onlyTens, order: 'DESC' },
    { filter: onlyTens, field: 'another' },
    { filter: onlyTens, composites: { project: 'p', status: 'open' } },
    { filter: onlyTens, composites: { project: 'q' } },
  ];
  for (const other of others)
    await expect(page(list(args, other)), JSON.stringify(other)).rejects.toThrow(BadCursorError);
  await expect(page(list(args, { filter: onlyTens }), { org: 'umbrella' })).rejects.toThrow(BadCursorError);
  // Also where no edges are read.
  await expect(page(list({ ...args, first: 0 }))).rejects.toThrow(BadCursorError);
});

it('bounds of the sort key narrow a list, in both directions, and belong to its cursors', async () => {
  const within = (args: ConnectionArgs, to = 't120') =>
    list(args, {
      composites: { project: 'p', status: 'open', employee: '-' },
      bounds: { composite: 'task', from: 't101', to },
    });
  const expected = live.filter((i) => i >= 101 && i <= 120);
  const { titles, info } = await page(within({ first: 5 }));
  expect(titles).toEqual(expected.slice(0, 5));
  expect((await page(within({ first: 100, after: info.endCursor }))).titles).toEqual(expected.slice(5));
  expect((await page(within({ last: 3 }))).titles).toEqual(expected.slice(-3));
  await expect(page(within({ first: 5 }, 't100'))).rejects.toThrow('swap them');
  await expect(page(within({ first: 5, after: info.endCursor }, 't121'))).rejects.toThrow(BadCursorError);
  expect(await (await readerOf(roster).connection(within({ first: 5 }))).totalCount()).toBe(expected.length);
});

describe('first: 0', () => {
  it('reads nothing to show no edges', async () => {
    const connection = await readerOf(roster).connection(list({ first: 0 }));
    expect(await connection.edges).toEqual([]);
    expect(roster.calls).toEqual([]);
  });

  it('reads one row to tell whether a page follows, once', async () => {
    const connection = await readerOf(roster).connection(list({ first: 0 }, { composites: { project: 'q' } }));
    expect(await connection.pageInfo).toMatchObject({ hasNextPage: false, startCursor: null });
    expect(await connection.pageInfo).toMatchObject({ hasPreviousPage: false, endCursor: null });
    // And so it is known that there are none.
    expect(await connection.totalCount()).toBe(0);
    expect(tripsText(roster.trips)).toEqual(['Query gsi1 1']);
    const more = await readerOf(roster).connection(list({ first: 0 }));
    expect((await more.pageInfo).hasNextPage).toBe(true);
  });

  it('counts without reading a page', async () => {
    const connection = await readerOf(roster).connection(list({ first: 0 }, { selects: ['totalCount'] }));
    expect(await connection.totalCount()).toBe(live.length);
    expect(tripsText(roster.trips)).toEqual(['Query gsi1 count']);
  });
});

describe('totalCount', () => {
  const countOf = async (request: ListRequest<Task>, options = {}) =>
    (await readerOf(roster, options).connection(request)).totalCount();

  it('costs nothing when the page shows the whole list', async () => {
    expect(await countOf(list({ first: 20 }, { filter: onlyTens }))).toBe(tens.length);
    expect(await countOf(list({ last: 20 }, { filter: onlyTens, order: 'DESC' }))).toBe(tens.length);
    expect(roster.calls.some(({ counts }) => counts)).toBe(false);
  });

  it('is that of the whole list on every page, without what has expired', async () => {
    const first = await page(list({ first: 5 }, { filter: onlyTens }));
    roster.calls.length = 0;
    for (const args of [{ first: 5 }, { last: 5 }, { first: 100, after: first.info.endCursor }]) {
      expect(await countOf(list(args, { filter: onlyTens }))).toBe(tens.length);
    }
    expect(await countOf(list({ first: 5 }))).toBe(live.length);
    expect(roster.calls.filter(({ counts }) => counts)).toHaveLength(4);
  });

  it('is counted when the page that is selected with it shows that there is more', async () => {
    const selects = ['edges', 'totalCount'] as const;
    const connection = await readerOf(roster).connection(list({ first: 4 }, { selects }));
    expect([(await connection.edges).length, await connection.totalCount()]).toEqual([4, live.length]);
    expect(tripsText(roster.trips)).toEqual(['Query gsi1 5', 'Query gsi1 count']);
    roster.trips.length = 0;
    const whole = await readerOf(roster).connection(list({ first: 20 }, { selects, filter: onlyTens }));
    expect(await whole.totalCount()).toBe(tens.length);
    expect(tripsText(roster.trips).join()).not.toContain('count');
  });

  it('does not count what expires this second, as no page shows it', async () => {
    const expires = new Date(NOW).getTime() / 1_000;
    const rows = [expires - 1, expires, expires + 1].map((time) =>
      Task.put({ ...common, project: 'brief', task: `t${time}`, title: String(time), expires: time }),
    );
    await roster.services.table.batchWrite(rows);
    const brief = list({ first: 5 }, { composites: { project: 'brief' } });
    expect((await page(brief)).titles).toEqual([expires + 1]);
    expect(await countOf({ ...brief, selects: ['totalCount'] })).toBe(1);
    roster.clock.set('2026-06-30T09:00:00.999Z');
    expect(await countOf({ ...brief, selects: ['totalCount'] })).toBe(1);
    roster.clock.set(NOW);
  });

  it('is counted once for equal lists of an operation, and anew after a write', async () => {
    const reader = readerOf(roster);
    const open = async (more: Partial<ListRequest<Task>> = {}) =>
      (await reader.connection(list({ first: 5 }, more))).totalCount();
    expect(await Promise.all([open(), open(), open({ order: 'DESC' })])).toEqual([
      live.length,
      live.length,
      live.length,
    ]);
    expect(roster.calls.filter(({ counts }) => counts)).toHaveLength(1);
    await open({ filter: onlyTens });
    expect(roster.calls.filter(({ counts }) => counts)).toHaveLength(2);
    reader.afterWrite();
    await open();
    expect(roster.calls.filter(({ counts }) => counts)).toHaveLength(3);
  });

  it('goes on where DynamoDB stops at 1 MB', async () => {
    const big = Array.from({ length: 5 }, (_, i) =>
      Task.put({ ...common, project: 'big', task: `b${i}`, title: 'big', description: 'x'.repeat(300_000) }),
    );
    for (const put of big) await roster.services.table.batchWrite([put]);
    roster.calls.length = 0;
    expect(await countOf(list({ first: 1 }, { composites: { project: 'big' }, selects: [] }))).toBe(5);
    expect(roster.calls.filter(({ counts }) => counts).length).toBeGreaterThan(1);
  });
});
