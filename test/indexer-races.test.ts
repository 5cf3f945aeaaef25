import { beforeAll, describe, expect, it } from 'vitest';
import { deleteItem } from '../src/entities/core/write.ts';
import { Office, Task } from '../src/entities/index.ts';
import { documentId } from '../src/search/document.ts';
import { officeSearch, taskSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { until } from './fixtures/processes.ts';
import { type Fault, firstOnly, meanwhile } from './support/fault-proxy.ts';
import { expectIndexEqualsTable } from './support/index-equality.ts';
import { officesOf, PLACE } from './support/offices.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { NOW } from './support/roster.ts';

let roster: ProxiedRoster;
const org = 'acme';
const index = officeSearch.open;

beforeAll(async () => {
  roster = await startProxiedRoster();
  return () => roster.stop();
});

const { create, rename, keyOf, indexed } = officesOf(() => roster, org);
const remove = (id: string) => deleteItem(roster.services, Office, { org, id });
const restore = (id: string, name: string) =>
  roster.services.table.batchWrite([
    Office.put({ ...PLACE, name, org, office: id, version: 1, createdAt: NOW, updatedAt: NOW }),
  ]);
const managed = { org, version: 1, createdAt: NOW, updatedAt: NOW };
const applied = { applied: 1, quarantined: [], failed: [] };
const writes = () => roster.meilisearch.requests.filter(roster.writesTo(index));

/** What can happen to an item, and what its index must say afterwards. */
const changes: [string, (id: string) => Promise<unknown>, string | undefined][] = [
  ['changed', (id) => rename(id, 'after'), 'after'],
  ['deleted', remove, undefined],
  ['deleted and made again', async (id) => [await remove(id), await restore(id, 'again')], 'again'],
];

describe('an item that is read and then', () => {
  it.each(changes)('%s, before it is sent', async (_case, change, expected) => {
    const id = await create('before');
    roster.meilisearch.requests.length = 0;
    roster.dynamodb.inject(operation('BatchGetItem'), firstOnly(meanwhile(() => change(id))));
    expect(await apply(roster.services, [keyOf(id)])).toEqual(applied);
    expect(await indexed(id)).toBe(expected);
    // Once with what was read, once with what the second read found.
    expect(writes()).toHaveLength(2);
    await expectIndexEqualsTable(roster);
  });

  it.each(changes)('%s, while it is being indexed', async (_case, change, expected) => {
    const id = await create('before');
    roster.meilisearch.inject(roster.writesTo(index), firstOnly(meanwhile(() => change(id))));
    expect(await apply(roster.services, [keyOf(id)])).toEqual(applied);
    expect(await indexed(id)).toBe(expected);
    await expectIndexEqualsTable(roster);
  });

  it('created, before its absence is sent', async () => {
    const id = await create('before');
    await remove(id);
    roster.dynamodb.inject(operation('BatchGetItem'), firstOnly(meanwhile(() => restore(id, 'again'))));
    expect(await apply(roster.services, [keyOf(id)])).toEqual(applied);
    expect(await indexed(id)).toBe('again');
  });

  it('changed in what no index shows: once is enough', async () => {
    const id = await create('before');
    roster.meilisearch.requests.length = 0;
    // Whoever writes by the writer counts the versions, which documents hold.
    const row = { ...PLACE, name: 'before', org, office: id, version: 1, createdAt: NOW };
    const touch = () =>
      roster.services.table.batchWrite([Office.put({ ...row, updatedAt: '2026-06-30T09:00:01.000Z' })]);
    roster.dynamodb.inject(operation('BatchGetItem'), firstOnly(meanwhile(touch)));
    expect(await apply(roster.services, [keyOf(id)])).toEqual(applied);
    expect(writes()).toHaveLength(1);
  });

  it('changed, holds nobody else up: only that one is sent again', async () => {
    const id = await create('before');
    const others = await Promise.all(['a', 'b', 'c'].map(create));
    roster.meilisearch.requests.length = 0;
    roster.dynamodb.inject(operation('BatchGetItem'), firstOnly(meanwhile(() => rename(id, 'after'))));
    const result = await apply(roster.services, [...others, id].map(keyOf));
    expect(result).toEqual({ ...applied, applied: 4 });
    expect(writes().map(({ body }) => JSON.parse(body).length)).toEqual([4, 1]);
  });
});

describe('two writers of the same items', () => {
  /** Holds the first write of an index back, on its way there or on its way back, until another writer is done. */
  const holds: [string, (other: () => Promise<unknown>) => Fault][] = [
    [
      'the older state is sent last',
      (other) => async (_request, forward) => {
        await other();
        return forward();
      },
    ],
    ['the newer state is sent last', (other) => meanwhile(other)],
  ];

  describe.each(holds)('%s', (_case, hold) => {
    it.each(changes)('an item is %s', async (_change, change, expected) => {
      const id = await create('before');
      const results: unknown[] = [];
      roster.meilisearch.inject(
        roster.writesTo(index),
        firstOnly(
          hold(async () => {
            await change(id);
            results.push(await apply(roster.services, [keyOf(id)]));
          }),
        ),
      );
      results.push(await apply(roster.services, [keyOf(id)]));
      expect(results).toEqual([applied, applied]);
      expect(await indexed(id)).toBe(expected);
      await expectIndexEqualsTable(roster);
    });
  });

  it('one of them sends a part anew, which is accepted after the rest, and after it has read again', async () => {
    const [a, b] = [await create('before'), await create('before')];
    const task = Task.put({ ...managed, task: 't', title: 'T', project: 'p', status: 'open', priority: 'low' });
    await roster.services.table.batchWrite([task]);
    const held = Promise.withResolvers<string>();
    const released = Promise.withResolvers<void>();
    let requests = 0;
    roster.meilisearch.inject(roster.writesTo(index), async ({ body }, forward) => {
      requests++;
      // Both are too large for a proxy; the first half goes well; the second one is held up.
      if (requests === 1) return { status: 413, body: Buffer.from('{}') };
      if (requests === 3) {
        held.resolve(JSON.parse(body)[0].id);
        await released.promise;
      }
      return forward();
    });
    const accepted = Promise.withResolvers<number>();
    const rest = firstOnly(async (_request, forward) => {
      await held.promise;
      const answer = await forward();
      accepted.resolve(JSON.parse(answer.body.toString()).taskUid);
      return answer;
    });
    roster.meilisearch.inject(roster.writesTo(taskSearch.open), rest);
    const first = apply(roster.services, [keyOf(a), keyOf(b), Task.key(org, 't')]);
    const id = (await held.promise) === documentId(org, a) ? a : b;
    const uid = await accepted.promise;
    await until(() => roster.meilisearch.requests.some(({ path }) => path === `/tasks/${uid}`));
    await rename(id, 'after');
    expect(await apply(roster.services, [keyOf(id)])).toEqual(applied);
    released.resolve();
    expect(await first).toEqual({ ...applied, applied: 3 });
    expect(await indexed(id)).toBe('after');
    await expectIndexEqualsTable(roster);
  });

  it('many at once, while the items go on changing', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => create(`start ${i}`)));
    const keys = ids.map(keyOf);
    const work = Array.from({ length: 12 }, async (_, i) => {
      await rename(ids[i % ids.length] ?? '', `change ${i}`);
      return apply(roster.services, i % 2 ? keys : keys.toReversed());
    });
    // Whoever could not keep up says so, and is asked again.
    const failed = (await Promise.all(work)).flatMap((result) => result.failed);
    expect((await apply(roster.services, failed)).failed).toEqual([]);
    await expectIndexEqualsTable(roster);
  });
});

it('an item that changes faster than it can be indexed is to be tried again, its neighbours are done', async () => {
  const restless = await create('start');
  const calm = await create('calm');
  roster.meilisearch.requests.length = 0;
  let changed = 0;
  const heal = roster.dynamodb.inject(
    operation('BatchGetItem'),
    meanwhile(() => {
      changed++;
      return rename(restless, `change ${changed}`);
    }),
  );
  const result = await apply(roster.services, [keyOf(restless), keyOf(calm)]);
  expect(result).toEqual({ applied: 1, quarantined: [], failed: [keyOf(restless)] });
  expect(writes().length).toBeLessThanOrEqual(8);
  expect(await indexed(calm)).toBe('calm');
  heal();
  expect(await apply(roster.services, result.failed)).toEqual(applied);
  expect(await indexed(restless)).toBe(`change ${changed}`);
});
