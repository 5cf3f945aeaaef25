import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TaskRef, TaskState, WriteKey } from '../src/search/engine/engine.ts';
import { EngineRefusal } from '../src/search/engine/errors.ts';
import { type EngineSubject, engineSubjects } from './support/engine-subjects.ts';

/** More than it takes to send a few requests. */
const BALLAST = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ id: `ballast-${i}`, org: 'o', n: i })));
const POISON = '[{"id":"poison","org":"o","text":"\\ud800"}]';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

describe.each(engineSubjects)('%s', (_name, open) => {
  let subject: EngineSubject;
  let engine: Engine;
  let key: WriteKey;
  let count = 0;

  beforeAll(async () => {
    subject = open();
    engine = subject.engine;
    key = await newKey();
    await done(await engine.createIndex('ballast'));
  });

  const later = (ms: number) => new Date(subject.clock.now().getTime() + ms);
  const newKey = (lifeMs = 3_600_000) => engine.createWriteKey(randomUUID(), later(lifeMs));
  const add = (index: string, ...documents: readonly object[]) =>
    engine.addDocuments(key, index, JSON.stringify(documents));
  const doc = (id: string, fields: object = {}) => ({ id, org: 'o', ...fields });
  const ids = async (index: string) =>
    (await engine.documents(index, { filter: 'org = o', offset: 0, limit: 100 })).map(({ id }) => id).sort();

  /** The task once it is done. */
  async function done({ uid }: TaskRef): Promise<TaskState> {
    for (;;) {
      const task = await engine.task(uid);
      if (task && task.status !== 'enqueued' && task.status !== 'processing') return task;
      await subject.clock.sleep(5);
    }
  }

  /** One after the other: requests at once might be taken in any order. */
  async function all(...sends: readonly (() => Promise<TaskRef>)[]): Promise<TaskState[]> {
    const refs: TaskRef[] = [];
    for (const send of sends) refs.push(await send());
    const states: TaskState[] = [];
    for (const ref of refs) states.push(await done(ref));
    return states;
  }

  /** As `all`, while the engine is busy, so that the tasks wait for each other. */
  async function together(...sends: readonly (() => Promise<TaskRef>)[]): Promise<TaskState[]> {
    await engine.addDocuments(key, 'ballast', BALLAST);
    return all(...sends);
  }

  /** What came of some work on a new index while the engine was busy; where it was not any more, of doing it again. */
  async function whileBusy<T>(work: (busy: TaskRef, index: string) => Promise<T>): Promise<T> {
    for (;;) {
      const index = await newIndex();
      const busy = await engine.addDocuments(key, 'ballast', BALLAST);
      while ((await engine.task(busy.uid))?.status === 'enqueued') await subject.clock.sleep(1);
      const result = await work(busy, index);
      if ((await engine.task(busy.uid))?.status !== 'succeeded') return result;
    }
  }

  /** The name of a new index that can be filtered by `org` and `bucket`. */
  async function newIndex(): Promise<string> {
    const name = `i${++count}`;
    await done(await engine.createIndex(name));
    await done(await engine.updateSettings(name, { filterableAttributes: ['org', 'bucket'] }));
    return name;
  }

  const reason = async (answer: Promise<unknown>): Promise<string> => {
    const error = await answer.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(EngineRefusal);
    return (error as EngineRefusal).reason;
  };
  const outcome = ({ status, indexedDocuments, error }: TaskState) => [status, indexedDocuments, error?.code];
  const SUCCEEDED = ['succeeded', 0, undefined];
  const NOT_FOUND = ['failed', 0, 'index_not_found'];

  describe('documents', () => {
    it('are replaced whole, and counted once each', async () => {
      const index = await newIndex();
      const [task] = await all(() => add(index, doc('a', { v: 1, w: 1 }), doc('b'), doc('a', { v: 2 })));
      expect(task).toMatchObject({ status: 'succeeded', indexedDocuments: 2 });
      expect(task?.enqueuedAt).toMatch(RFC_3339);
      expect(await engine.documents(index, { ids: ['a'] })).toEqual([doc('a', { v: 2 })]);
    });

    it('are fetched by id without those that are unknown, and however often they are named', async () => {
      const index = await newIndex();
      await all(() => add(index, doc('a'), doc('b')));
      const found = await engine.documents(index, { ids: ['b', 'nobody', 'a', 'b'] });
      expect(found.map(({ id }) => id).sort()).toEqual(['a', 'b']);
      expect(await engine.documents(index, { ids: [] })).toEqual([]);
      expect((await engine.documentIds(index, { ids: ['b', 'nobody', 'a'] })).sort()).toEqual(['a', 'b']);
    });

    it('are fetched by very many, very long ids', async () => {
      const index = await newIndex();
      const all = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(511, 'x'));
      await done(await add(index, ...all.map((id) => doc(id))));
      const found = await engine.documents(index, { ids: all });
      expect(found.map(({ id }) => id).sort()).toEqual(all.toSorted());
    });

    it('are fetched with all fields, whatever is displayed', async () => {
      const index = await newIndex();
      await all(
        () => engine.updateSettings(index, { displayedAttributes: ['id'] }),
        () => add(index, doc('a', { secret: 1 })),
      );
      expect(await engine.documents(index, { ids: ['a'] })).toEqual([doc('a', { secret: 1 })]);
      expect(await engine.documents(index, { filter: 'org = o', offset: 0, limit: 9 })).toEqual([
        doc('a', { secret: 1 }),
      ]);
    });

    it('are fetched page by page by a filter', async () => {
      const index = await newIndex();
      await all(() => add(index, ...[0, 1, 2, 3, 4].map((i) => doc(`d${i}`, { bucket: i % 2 }))));
      const page = async (offset: number) =>
        (await engine.documents(index, { filter: 'bucket = 0', offset, limit: 2 })).map(({ id }) => id);
      expect([...(await page(0)), ...(await page(2))].sort()).toEqual(['d0', 'd2', 'd4']);
      expect(await page(4)).toEqual([]);
      expect(await engine.documents(index, { filter: 'bucket = 1 AND org = "O"', offset: 0, limit: 9 })).toHaveLength(
        2,
      );
      await done(await add(index, doc('astray')));
      expect(await engine.documents(index, { filter: 'bucket 0 TO 0', offset: 0, limit: 9 })).toEqual(
        await engine.documents(index, { filter: 'bucket = 0', offset: 0, limit: 9 }),
      );
      expect(await engine.documents(index, { filter: 'bucket 0 TO 1', offset: 0, limit: 9 })).toHaveLength(5);
      const without = await engine.documents(index, { filter: 'bucket NOT EXISTS', offset: 0, limit: 9 });
      expect(without.map(({ id }) => id)).toEqual(['astray']);
    });

    it('can be neither filtered by what is not filterable nor fetched from an index that is not there', async () => {
      const index = await newIndex();
      const all = { offset: 0, limit: 1 };
      expect(await reason(engine.documents(index, { filter: 'name = x', ...all }))).toBe('invalid_document_filter');
      expect(await reason(engine.documents(index, { filter: 'bucket ==== 1', ...all }))).toBe(
        'invalid_document_filter',
      );
      expect(await reason(engine.documents(index, { ids: ['no id'] }))).toBe('invalid_document_ids');
      expect(await reason(engine.documents('missing', { filter: 'bucket = 1', ...all }))).toBe('index_not_found');
      expect(await reason(engine.documents('missing', { ids: ['a'] }))).toBe('index_not_found');
    });

    it('are deleted, unknown ones without harm', async () => {
      const index = await newIndex();
      const [, deletion] = await all(
        () => add(index, doc('a'), doc('b')),
        () => engine.deleteDocuments(key, index, ['a', 'nobody']),
      );
      expect(deletion && outcome(deletion)).toEqual(SUCCEEDED);
      expect(await ids(index)).toEqual(['b']);
    });

    it('make no index', async () => {
      const states = await all(
        () => add('missing', doc('a')),
        () => engine.deleteDocuments(key, 'missing', ['a']),
      );
      expect(states.map(outcome)).toEqual([NOT_FOUND, NOT_FOUND]);
      expect(await engine.settings('missing')).toBeUndefined();
    });

    it('may be none', async () => {
      const index = await newIndex();
      expect((await all(() => engine.addDocuments(key, index, '[]'))).map(outcome)).toEqual([SUCCEEDED]);
    });

    it('that are no JSON are refused', async () => {
      expect(await reason(engine.addDocuments(key, 'ballast', '[{'))).toBe('malformed_payload');
    });
  });

  describe('a batch', () => {
    it('is made of what waits for one index, additions and deletions', async () => {
      const [a, b] = [await newIndex(), await newIndex()];
      const states = await together(
        () => add(a, doc('x')),
        () => add(b, doc('y')),
        () => engine.deleteDocuments(key, a, ['x']),
        () => add(a, doc('z')),
      );
      const [first, other, second, third] = states.map(({ batch }) => batch);
      expect([second, third]).toEqual([first, first]);
      expect(other).not.toBe(first);
      expect(await engine.batchSize(first ?? -1)).toBe(3);
      expect(await ids(a)).toEqual(['z']);
    });

    it('fails whole for one lone surrogate, deletions included', async () => {
      const index = await newIndex();
      await all(() => add(index, doc('old')));
      const states = await together(
        () => add(index, doc('good')),
        () => engine.addDocuments(key, index, POISON),
        () => engine.deleteDocuments(key, index, ['old']),
      );
      expect(states.map(outcome)).toEqual(states.map(() => ['failed', 0, 'internal']));
      expect(await ids(index)).toEqual(['old']);
    });

    it('lets one bad id fail its own task only', async () => {
      const index = await newIndex();
      const states = await together(
        () => add(index, doc('a')),
        () => add(index, doc('b'), doc('no id')),
        () => add(index, { org: 'o' }),
        () => add(index, doc('c')),
      );
      expect(states.map(outcome)).toEqual([
        ['succeeded', 1, undefined],
        ['failed', 0, 'invalid_document_id'],
        ['failed', 0, 'missing_document_id'],
        ['succeeded', 1, undefined],
      ]);
      expect(await ids(index)).toEqual(['a', 'c']);
    });

    it('indexes nothing and succeeds when it ends with the deletion of its index', async () => {
      const index = await newIndex();
      const states = await together(
        () => add(index, doc('a')),
        () => engine.deleteIndex(index),
        () => add(index, doc('b')),
      );
      expect(states.map(outcome)).toEqual([SUCCEEDED, SUCCEEDED, NOT_FOUND]);
    });

    it('fails whole when it ends with the deletion of an index that is not there', async () => {
      const states = await together(
        () => add('missing', doc('a')),
        () => engine.deleteIndex('missing'),
      );
      expect(states.map(outcome)).toEqual([NOT_FOUND, NOT_FOUND]);
    });

    it('does not reach across a change of settings', async () => {
      const index = await newIndex();
      const states = await together(
        () => add(index, doc('a')),
        () => engine.updateSettings(index, { sortableAttributes: ['org'] }),
        () => engine.updateSettings(index, { sortableAttributes: ['bucket'] }),
        () => add(index, doc('b')),
      );
      const batches = states.map(({ batch }) => batch);
      expect(new Set(batches).size).toBe(3);
      expect(batches[1]).toBe(batches[2]);
    });

    it('has no size when it is unknown', async () => {
      expect(await reason(engine.batchSize(2 ** 31))).toBe('batch_not_found');
    });
  });

  describe('an index', () => {
    it('is made and deleted once', async () => {
      const states = await together(
        () => engine.createIndex('once'),
        () => engine.createIndex('once'),
        () => add('once', doc('a')),
        () => engine.deleteIndex('once'),
        () => engine.deleteIndex('once'),
      );
      expect(states.map(outcome)).toEqual([
        SUCCEEDED,
        ['failed', 0, 'index_already_exists'],
        SUCCEEDED,
        SUCCEEDED,
        NOT_FOUND,
      ]);
    });

    it('has settings that change as far as they are given', async () => {
      const index = await newIndex();
      const fresh = await engine.settings(index);
      expect(fresh).toMatchObject({
        displayedAttributes: ['*'],
        sortableAttributes: [],
        pagination: { maxTotalHits: 1_000 },
      });
      await done(await engine.updateSettings(index, { sortableAttributes: ['n'], separatorTokens: ['<'] }));
      expect(await engine.settings(index)).toEqual({ ...fresh, sortableAttributes: ['n'], separatorTokens: ['<'] });
      expect(await engine.settings('missing')).toBeUndefined();
    });

    it('is made by settings', async () => {
      await done(await engine.updateSettings('by-settings', { sortableAttributes: ['n'] }));
      expect(await engine.settings('by-settings')).toMatchObject({ sortableAttributes: ['n'] });
    });

    it('is listed with the time of its contents', async () => {
      const index = await newIndex();
      const listed = (await engine.indexes()).find(({ uid }) => uid === index);
      expect(listed?.createdAt).toMatch(RFC_3339);
    });
  });

  describe('a swap', () => {
    it('exchanges contents, settings and time of making', async () => {
      const [a, b] = [await newIndex(), await newIndex()];
      const created = async (index: string) => (await engine.indexes()).find(({ uid }) => uid === index)?.createdAt;
      await all(
        () => engine.updateSettings(a, { sortableAttributes: ['n'] }),
        () => add(a, doc('of-a')),
        () => add(b, doc('of-b')),
      );
      const [timeOfA, timeOfB] = [await created(a), await created(b)];
      expect(timeOfA).not.toBe(timeOfB);
      await all(() => engine.swapIndexes(key, [[a, b]]));
      expect([await ids(a), await ids(b)]).toEqual([['of-b'], ['of-a']]);
      expect([await created(a), await created(b)]).toEqual([timeOfB, timeOfA]);
      expect((await engine.settings(b))?.sortableAttributes).toEqual(['n']);
    });

    it('parts what was sent before it from what is sent after it', async () => {
      const [a, b] = [await newIndex(), await newIndex()];
      const states = await together(
        () => add(a, doc('before-in-a')),
        () => add(b, doc('before-in-b')),
        () => engine.swapIndexes(key, [[a, b]]),
        () => add(a, doc('after-in-a')),
        () => add(b, doc('after-in-b')),
      );
      expect(states.map(({ status }) => status)).toEqual(states.map(() => 'succeeded'));
      expect(await ids(a)).toEqual(['after-in-a', 'before-in-b']);
      expect(await ids(b)).toEqual(['after-in-b', 'before-in-a']);
    });

    it('of several pairs exchanges them all in one task', async () => {
      const [a, b, c, d] = [await newIndex(), await newIndex(), await newIndex(), await newIndex()];
      const states = await together(
        () => add(a, doc('of-a')),
        () => add(d, doc('of-d')),
        () =>
          engine.swapIndexes(key, [
            [a, b],
            [c, d],
          ]),
        () => add(c, doc('after-in-c')),
      );
      expect(states.map(({ status }) => status)).toEqual(states.map(() => 'succeeded'));
      expect([await ids(a), await ids(b), await ids(c), await ids(d)]).toEqual([
        [],
        ['of-a'],
        ['after-in-c', 'of-d'],
        [],
      ]);
    });

    it('fails when one of the two is not there, and is refused for one alone', async () => {
      const index = await newIndex();
      expect((await all(() => engine.swapIndexes(key, [[index, 'missing']]))).map(outcome)).toEqual([NOT_FOUND]);
      expect(await reason(engine.swapIndexes(key, [[index, index]]))).toBe('invalid_swap_duplicate_index_found');
    });

    it('of several pairs exchanges none when one index of one of them is not there', async () => {
      const [a, b, c] = [await newIndex(), await newIndex(), await newIndex()];
      await all(() => add(a, doc('of-a')));
      const failed = await all(() =>
        engine.swapIndexes(key, [
          [a, b],
          [c, 'missing'],
        ]),
      );
      expect(failed.map(outcome)).toEqual([NOT_FOUND]);
      expect([await ids(a), await ids(b)]).toEqual([['of-a'], []]);
    });

    it('takes no index twice', async () => {
      const twice = engine.swapIndexes(key, [
        ['ballast', 'b'],
        ['ballast', 'c'],
      ]);
      expect(await reason(twice)).toBe('invalid_swap_duplicate_index_found');
    });
  });

  describe('tasks', () => {
    it('are numbered over all indexes', async () => {
      const [first, second] = await all(
        () => add('ballast', doc('a')),
        () => engine.createIndex(`i${++count}`),
      );
      expect(second?.uid).toBeGreaterThan(first?.uid ?? Number.POSITIVE_INFINITY);
      // Other tests write to the same server.
      expect((await engine.newestTask())?.uid).toBeGreaterThanOrEqual(second?.uid ?? Number.POSITIVE_INFINITY);
      expect(await engine.task(2 ** 31)).toBeUndefined();
    });

    it('that are not done are listed by index, the newest first, and swaps apart from them', async () => {
      const [a, b] = [await newIndex(), await newIndex()];
      await engine.addDocuments(key, 'ballast', BALLAST);
      const refs = [
        await add(a, doc('x')),
        await engine.updateSettings(a, {}),
        await engine.swapIndexes(key, [[a, b]]),
      ];
      const pending = await engine.pendingTasks(a);
      expect(pending.map(({ uid, enqueuedAt }) => ({ uid, enqueuedAt }))).toEqual(refs.slice(0, 2).reverse());
      expect(pending.map(({ status }) => status)).toEqual(['enqueued', 'enqueued']);
      const swap = refs.at(-1);
      const swaps = await engine.pendingSwaps();
      // Other tests write to the same server.
      expect(swaps.find(({ uid }) => uid === swap?.uid)).toMatchObject({ ...swap, status: 'enqueued' });
      for (const ref of refs) await done(ref);
      expect((await engine.pendingSwaps()).map(({ uid }) => uid)).not.toContain(swap?.uid);
      expect(await engine.pendingTasks(a)).toEqual([]);
      expect(await engine.pendingTasks('missing')).toEqual([]);
    });

    it('can be cancelled by hand', async () => {
      const { busy, index, gone, kept, cancelation } = await whileBusy(async (isBusy, own) => {
        const refs = { busy: isBusy, index: own, gone: await add(own, doc('gone')), kept: await add(own, doc('kept')) };
        return { ...refs, cancelation: await subject.cancel(refs.gone.uid) };
      });
      const states = [await done(gone), await done(kept), await done(cancelation)];
      expect(states.map(outcome)).toEqual([['canceled', 0, undefined], ['succeeded', 1, undefined], SUCCEEDED]);
      expect(await ids(index)).toEqual(['kept']);
      expect((await done(busy)).status).toBe('succeeded');
    });

    it('are broken off when one of their batch is cancelled, and the others begin anew', async () => {
      const states = await whileBusy(async (busy) => {
        const after = await add('ballast', doc('after'));
        await subject.cancel(busy.uid);
        return [await done(busy), await done(after)];
      });
      expect(states.map(outcome)).toEqual([
        ['canceled', 0, undefined],
        ['succeeded', 1, undefined],
      ]);
    });
  });

  describe('a write key', () => {
    it('is good until it is deleted', async () => {
      const own = await newKey();
      await done(await engine.addDocuments(own, 'ballast', '[]'));
      await engine.deleteKey(own.uid);
      expect(await reason(engine.addDocuments(own, 'ballast', '[]'))).toBe('invalid_api_key');
      expect(await reason(engine.deleteDocuments(own, 'ballast', ['a']))).toBe('invalid_api_key');
      expect(await reason(engine.swapIndexes(own, [['ballast', 'other']]))).toBe('invalid_api_key');
      await engine.deleteKey(own.uid);
    });

    it('is good until it expires', async () => {
      const own = await newKey(2_000);
      await done(await engine.addDocuments(own, 'ballast', '[]'));
      await subject.clock.sleep(2_100);
      expect(await reason(engine.addDocuments(own, 'ballast', '[]'))).toBe('invalid_api_key');
    });

    it('is made for the future, under a UUID and a secret that no other has', async () => {
      const uid = randomUUID();
      const own = await engine.createWriteKey(uid, later(60_000));
      expect(own.uid).toBe(uid);
      expect(own.key).not.toBe(key.key);
      expect(await reason(engine.createWriteKey(uid, later(60_000)))).toBe('api_key_already_exists');
      expect(await reason(engine.createWriteKey(randomUUID(), later(-60_000)))).toBe('invalid_api_key_expires_at');
    });

    it('that nobody made is not good', async () => {
      const forged = { uid: randomUUID(), key: 'forged' };
      expect(await reason(engine.addDocuments(forged, 'ballast', '[]'))).toBe('invalid_api_key');
    });
  });
});
