import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConditionFailed, type Put, type Row, type Statement, type TableKey } from '../src/entities/core/statements.ts';
import type { QueryOptions, QueryRange, ScannableTable, StartKey } from '../src/entities/core/table.ts';
import { type TableSubject, tableSubjects } from './support/table-subjects.ts';

describe.each(tableSubjects)('%s', (_name, open) => {
  let subject: TableSubject;
  let table: ScannableTable;
  let count = 0;

  beforeAll(async () => {
    subject = await open();
    table = subject.table;
  });
  afterAll(() => subject.stop());

  /** A key that no other test uses. */
  const newKey = (): TableKey => ({ pk: `p${++count}`, sk: 's' });
  const put = (key: TableKey, fields: object = {}): Put => ({ Put: { Item: { ...key, ...fields } } });
  const read = (key: TableKey) => table.get(key, { consistent: true });
  const failureOf = async (write: Promise<unknown>): Promise<ConditionFailed> => {
    const error = await write.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConditionFailed);
    return error as ConditionFailed;
  };

  describe('reads', () => {
    it('find what was written, consistently', async () => {
      const key = newKey();
      expect(await read(key)).toBeUndefined();
      await table.write([put(key, { v: 1, gone: undefined, map: { a: [1, 'x', null] } })]);
      expect(await read(key)).toEqual({ ...key, v: 1, map: { a: [1, 'x', null] } });
      await table.write([put(key, { w: 2 })]);
      expect(await read(key)).toEqual({ ...key, w: 2 });
      await table.write([{ Delete: { Key: key } }]);
      expect(await read(key)).toBeUndefined();
    });

    it('have the attributes that were asked for', async () => {
      const key = newKey();
      await table.write([put(key, { v: 1, w: 2 })]);
      expect(await table.get(key, { consistent: true, attributes: ['w', 'x'] })).toEqual({ w: 2 });
      expect(await table.batchGet([key], { consistent: true, attributes: ['pk', 'v'] })).toEqual([
        { pk: key.pk, v: 1 },
      ]);
    });

    it('of many keys find each item once, and leave out what is missing', async () => {
      const keys = Array.from({ length: 130 }, newKey);
      await table.batchWrite(keys.map((key, i) => put(key, { i })));
      const rows = await table.batchGet([...keys, ...keys, newKey()], { consistent: true });
      expect(rows.map(({ pk }) => pk).sort()).toEqual(keys.map(({ pk }) => pk).sort());
      expect(await table.batchGet([])).toEqual([]);
    });
  });

  describe('writes', () => {
    it('on a condition that holds', async () => {
      const key = newKey();
      const only = (
        expression: string,
        values?: Record<string, unknown>,
        names?: Record<string, string>,
      ): Statement => ({
        Put: {
          Item: { ...key, v: 1, name: 'x', due: 5 },
          ConditionExpression: expression,
          ...(values ? { ExpressionAttributeValues: values } : {}),
          ...(names ? { ExpressionAttributeNames: names } : {}),
        },
      });
      await table.write([only('attribute_not_exists(pk)')]);
      const good: Statement[] = [
        only('attribute_exists(pk)'),
        only('#v = :v', { ':v': 1 }, { '#v': 'v' }),
        only('v <> :v AND due <= :now', { ':v': 2, ':now': 5 }),
        only('attribute_not_exists(pk) OR due <= :now', { ':now': 9 }),
        only('attribute_exists(pk) AND (attribute_not_exists(absent) OR due > :now)', { ':now': 9 }),
        only('NOT v > :v', { ':v': 1 }),
        only('v BETWEEN :a AND :b AND v IN (:b, :c)', { ':a': 0, ':b': 1, ':c': 7 }),
        only('begins_with(#n, :x) AND absent <> :x', { ':x': 'x' }, { '#n': 'name' }),
      ];
      for (const statement of good) await table.write([statement]);
      const bad: Statement[] = [
        only('attribute_not_exists(pk)'),
        only('v = :v', { ':v': '1' }),
        only('v < :v OR due > :now', { ':v': 1, ':now': 5 }),
        only('absent = :x', { ':x': 'x' }),
        only('NOT v = :v', { ':v': 1 }),
        only('v > :v', { ':v': '0' }),
      ];
      for (const statement of bad) {
        const failure = await failureOf(table.write([statement]));
        expect(failure.failed).toEqual([0]);
        expect(failure.items.get(0)).toEqual({ ...key, v: 1, name: 'x', due: 5 });
      }
    });

    it('delete on a condition, and know no item from one that differs', async () => {
      const key = newKey();
      const deletion: Statement = {
        Delete: { Key: key, ConditionExpression: 'v = :v', ExpressionAttributeValues: { ':v': 2 } },
      };
      expect((await failureOf(table.write([deletion]))).items.size).toBe(0);
      await table.write([put(key, { v: 1 })]);
      expect((await failureOf(table.write([deletion]))).items.get(0)).toEqual({ ...key, v: 1 });
      await table.write([put(key, { v: 2 })]);
      await table.write([deletion]);
      expect(await read(key)).toBeUndefined();
    });

    it('are all or nothing', async () => {
      const [a, b, c] = [newKey(), newKey(), newKey()];
      await table.write([put(a, { v: 1 })]);
      const check = (key: TableKey): Statement => ({
        ConditionCheck: { Key: key, ConditionExpression: 'attribute_exists(pk)' },
      });
      const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
      const clash: Statement = { Put: { Item: { ...a, v: 2 }, ...isNew } };
      const failure = await failureOf(table.write([put(b), clash, check(c)]));
      expect(failure.failed).toEqual([1, 2]);
      expect([...failure.items]).toEqual([[1, { ...a, v: 1 }]]);
      expect(await read(b)).toBeUndefined();
      await table.write([put(b), check(a), { Delete: { Key: c } }]);
      expect(await read(b)).toEqual(b);
      expect((await failureOf(table.write([check(c)]))).failed).toEqual([0]);
      await table.write([]);
    });

    it('update one item and answer with it', async () => {
      const key = newKey();
      const update = (
        expression: string,
        values: Record<string, unknown>,
        names?: Record<string, string>,
      ): Statement => ({
        Update: {
          Key: key,
          UpdateExpression: expression,
          ExpressionAttributeValues: values,
          ...(names ? { ExpressionAttributeNames: names } : {}),
        },
      });
      const first = update(
        'SET #n = :n, v = if_not_exists(v, :zero) ADD hits :one',
        { ':n': 'x', ':zero': 0, ':one': 1 },
        { '#n': 'name' },
      );
      expect(await table.write([first])).toEqual({ ...key, name: 'x', v: 0, hits: 1 });
      const second = update(
        'SET v = v + :two, w = hits - :two REMOVE #n ADD hits :two',
        { ':two': 2 },
        { '#n': 'name' },
      );
      expect(await table.write([second])).toEqual({ ...key, v: 2, w: -1, hits: 3 });
    });

    it('come in any number when they have no condition', async () => {
      const keys = Array.from({ length: 60 }, newKey);
      await table.batchWrite(keys.map((key) => put(key)));
      await table.batchWrite(keys.slice(10).map((key) => ({ Delete: { Key: key } })));
      expect(await table.batchGet(keys, { consistent: true })).toHaveLength(10);
    });
  });

  describe('queries', () => {
    const range = (parts: Partial<QueryRange> = {}): QueryRange => ({
      index: 'gsi2',
      pk: 'team',
      beginsWith: 'a#',
      pattern: 'any',
      ...parts,
    });
    const sks = ['a#1', 'a#2', 'a#3', 'a#4', 'b#1'];

    beforeAll(async () => {
      const rows = sks.map((sk, i) => put(newKey(), { gsi2pk: 'team', gsi2sk: sk, i, name: i % 2 ? 'odd' : 'even' }));
      await table.batchWrite([...rows, put(newKey(), { gsi2pk: 'other', gsi2sk: 'a#1' }), put(newKey())]);
      await settled(
        () => table.query(range(), { limit: 10 }),
        ({ rows }) => rows.length === 4,
      );
    });

    /** Indexes lag behind. */
    async function settled<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
      for (;;) {
        const value = await read();
        if (isThere(value)) return value;
        await subject.clock.sleep(20);
      }
    }

    const keysOf = async (which: QueryRange, options: Partial<QueryOptions> = {}) =>
      (await table.query(which, { limit: 10, ...options })).rows.map((row) => row['gsi2sk']);

    it('find a run of sort keys in order', async () => {
      expect(await keysOf(range())).toEqual(['a#1', 'a#2', 'a#3', 'a#4']);
      expect(await keysOf(range(), { reverse: true })).toEqual(['a#4', 'a#3', 'a#2', 'a#1']);
      expect(await keysOf(range({ between: ['a#2', 'a#3'] }))).toEqual(['a#2', 'a#3']);
      expect(await keysOf(range({ between: ['a#3', 'a#2'] }))).toEqual([]);
      expect(await keysOf(range({ pk: 'nobody' }))).toEqual([]);
    });

    it.each([false, true])('go on from where they got to, reverse %s', async (reverse) => {
      const found: unknown[] = [];
      let after: StartKey | undefined;
      let pages = 0;
      do {
        const page = await table.query(range(), { limit: 2, reverse, after });
        found.push(...page.rows.map((row) => row['gsi2sk']));
        after = page.next;
        pages++;
      } while (after);
      expect(found).toEqual(reverse ? ['a#4', 'a#3', 'a#2', 'a#1'] : ['a#1', 'a#2', 'a#3', 'a#4']);
      expect(pages).toBe(3);
    });

    it('filter after the limit, and count', async () => {
      const filter = { path: ['name'], op: 'eq', value: 'odd' } as const;
      const page = await table.query(range(), { limit: 3, filter, attributes: ['i'] });
      expect(page).toMatchObject({ rows: [{ i: 1 }], scanned: 3 });
      expect(page.next).toMatchObject({ gsi2pk: 'team', gsi2sk: 'a#3' });
      expect(await table.count(range(), { limit: 10, filter })).toEqual({ count: 2, scanned: 4 });
    });

    it('forget what left the index', async () => {
      const key = newKey();
      await table.write([put(key, { gsi2pk: 'leaver', gsi2sk: 'x' })]);
      const all = () => table.query(range({ pk: 'leaver', beginsWith: 'x' }), { limit: 10 });
      await settled(all, ({ rows }) => rows.length === 1);
      await table.write([put(key, { other: 1 })]);
      await settled(all, ({ rows }) => rows.length === 0);
    });
  });

  describe('a scan', () => {
    it.each([1, 3])('finds every row once, in %d segments', async (segments) => {
      const keys = Array.from({ length: 20 }, newKey);
      await table.batchWrite(keys.map((key) => put(key, { scanned: segments })));
      const found: Row[] = [];
      for (let segment = 0; segment < segments; segment++) {
        let after: StartKey | undefined;
        do {
          const page = await table.scan({ segment, segments, limit: 7, after });
          expect(page.capacity).toBeGreaterThan(0);
          expect(page.rows.length).toBeLessThanOrEqual(7);
          found.push(...page.rows);
          after = page.next;
        } while (after);
      }
      expect(new Set(found.map(({ pk, sk }) => `${pk} ${sk}`)).size).toBe(found.length);
      const own = found.filter((row) => row['scanned'] === segments);
      expect(own.map(({ pk }) => pk).sort()).toEqual(keys.map(({ pk }) => pk).sort());
    });
  });

  describe('the stream', () => {
    const about = ({ pk }: TableKey) => subject.records.filter(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S === pk);
    const names = (records: readonly DynamoDBRecord[]) => records.map(({ eventName }) => eventName);

    // dynoxide has a record of a put that changes nothing as well, which DynamoDB has not.
    it('has a record of every change, in order', async () => {
      const key = newKey();
      await table.write([put(key, { v: 1 })]);
      await table.write([put(key, { v: 2 })]);
      await table.write([{ Delete: { Key: key } }]);
      await table.write([{ Delete: { Key: key } }]);
      await table.write([put(key, { v: 2 })]);
      const expected = ['INSERT', 'MODIFY', 'REMOVE', 'INSERT'];
      while (about(key).length < expected.length) await subject.clock.sleep(20);
      expect(names(about(key))).toEqual(expected);
      const sequences = about(key).map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
      expect(about(key)[0]).toMatchObject({
        eventSource: 'aws:dynamodb',
        dynamodb: { Keys: { pk: { S: key.pk }, sk: { S: key.sk } }, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      });
    });

    it('has a record for each item of a transaction, and none when it failed', async () => {
      const [a, b] = [newKey(), newKey()];
      const isOld: Statement = { Put: { Item: { ...b }, ConditionExpression: 'attribute_exists(pk)' } };
      await failureOf(table.write([put(a), isOld]));
      await table.write([put(a), put(b)]);
      while (about(a).length + about(b).length < 2) await subject.clock.sleep(20);
      expect([names(about(a)), names(about(b))]).toEqual([['INSERT'], ['INSERT']]);
    });
  });
});
