import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { QueryRange } from '../src/entities/core/table.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;

beforeAll(async () => {
  roster = await startRoster();
  const keys = ['a', 'b#1', 'b#2', 'b#3', 'b#3#x', 'b#4', 'c'];
  await roster.services.table.batchWrite(
    keys.map((key, i) => ({ Put: { Item: { pk: key, sk: 'x', gsi1pk: 'p', gsi1sk: key, size: i } } })),
  );
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

const range = (between?: QueryRange['between']): QueryRange => ({
  index: 'gsi1',
  pk: 'p',
  beginsWith: 'b#',
  pattern: 'test',
  ...(between ? { between } : {}),
});

it('bounds take in both of their ends, and nothing beyond the range', async () => {
  const { table } = roster.services;
  const keysIn = async (between?: QueryRange['between']) =>
    (await table.query(range(between), { limit: 100 })).rows.map(({ pk }) => pk);
  expect(await keysIn()).toEqual(['b#1', 'b#2', 'b#3', 'b#3#x', 'b#4']);
  expect(await keysIn(['b#2', 'b#3'])).toEqual(['b#2', 'b#3']);
  expect(await keysIn(['b#2', 'b#3\uffff'])).toEqual(['b#2', 'b#3', 'b#3#x']);
  expect(await keysIn(['b#3', 'b#3'])).toEqual(['b#3']);
  expect(await keysIn(['b#5', 'b#9'])).toEqual([]);
});

it('bounds go with everything else that a Query takes', async () => {
  const { table } = roster.services;
  const bounds = range(['b#2', 'b#4']);
  const first = await table.query(bounds, { limit: 2, reverse: true });
  expect(first.rows.map(({ pk }) => pk)).toEqual(['b#4', 'b#3#x']);
  const filter = { path: ['size'], op: 'lt', value: 3 } as const;
  const rest = await table.query(bounds, { limit: 10, reverse: true, after: first.next, filter, attributes: ['pk'] });
  expect(rest).toEqual({ rows: [{ pk: 'b#2' }], scanned: 2 });
  expect(await table.count(bounds, { limit: 10, filter })).toEqual({ count: 1, scanned: 4 });
  expect(roster.calls.map(({ target }) => target)).toEqual([
    'gsi1pk = p AND gsi1sk BETWEEN b#2 AND b#4',
    'gsi1pk = p AND gsi1sk BETWEEN b#2 AND b#4 after b#3#x',
    'gsi1pk = p AND gsi1sk BETWEEN b#2 AND b#4',
  ]);
});

it('bounds the wrong way round hold nothing, which DynamoDB is not asked: it would refuse', async () => {
  const { table } = roster.services;
  expect(await table.query(range(['b#3', 'b#2']), { limit: 10 })).toEqual({ rows: [], scanned: 0 });
  expect(await table.count(range(['b#3', 'b#2']), { limit: 10 })).toEqual({ count: 0, scanned: 0 });
  expect(roster.calls).toEqual([]);
});
