import { randomUUID } from 'node:crypto';
import { Meilisearch } from 'meilisearch';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { createSearch, type Search } from '../src/search/client.ts';
import type { Document } from '../src/search/define.ts';
import { officeSearch } from '../src/search/index.ts';
import { type FaultProxy, firstOnly, meanwhile, startFaultProxy } from './support/fault-proxy.ts';

const { host, apiKey } = inject('meilisearch');
const index = officeSearch.open;

let proxy: FaultProxy;
let engine: Meilisearch;
let indexPrefix: string;
let search: Search;

beforeAll(async () => {
  proxy = await startFaultProxy(host);
  engine = new Meilisearch({ host, apiKey, defaultWaitOptions: { interval: 5, timeout: 60_000 } });
});

afterAll(() => proxy.stop());

const searchWith = (writeTimeoutMs: number): Search =>
  createSearch({ host: proxy.url, apiKey, indexPrefix, searchTimeoutMs: 3_000, writeTimeoutMs });

beforeEach(async () => {
  indexPrefix = `test-${randomUUID()}-`;
  search = searchWith(30_000);
  await search.ensureIndex(index);
  proxy.requests.length = 0;
});

const uid = () => `${indexPrefix}${index.name}`;
const document = (id: string, values: Readonly<Record<string, string>> = {}): Document => ({
  ...values,
  id,
  org: 'acme',
});
const ids = async () => {
  const { results } = await engine.index(uid()).getDocuments<Document>({ limit: 10_000 });
  return results.map(({ id }) => id).sort();
};
const writes = (method = 'POST') => proxy.requests.filter((request) => request.method === method);

/** Keeps Meilisearch's one scheduler busy, so that what is sent now stays in its queue for a while. */
async function occupy(): Promise<void> {
  const words = Array.from({ length: 30_000 }, (_, i) => ({ id: i, text: `w${i} w${i * 7} w${i * 13}` }));
  const bulk = `${indexPrefix}bulk`;
  onTestFinished(async () => void (await engine.deleteIndex(bulk)));
  const { taskUid } = await engine.index(bulk).addDocuments(words);
  await vi.waitUntil(async () => (await engine.tasks.getTask(taskUid)).status === 'processing', { interval: 5 });
}

/** Does something to a task that has been accepted and is still in the queue. */
async function whileQueued(act: (taskUid: number) => Promise<unknown>): Promise<void> {
  await occupy();
  proxy.inject(
    ({ method, path }) => method === 'POST' && path.includes('/documents'),
    firstOnly(
      meanwhile(async () => {
        const [task] = (await engine.tasks.getTasks({ indexUids: [uid()], limit: 1 })).results;
        expect(task?.status).toBe('enqueued');
        await act(task?.uid ?? -1);
      }),
    ),
  );
}

it('resolves when everything is there, in one request each for additions and deletions', async () => {
  await search.write(index, [document('a'), document('b'), document('c')], []);
  await search.write(index, [document('b', { name: 'B' }), document('d')], ['a', 'c', 'unknown']);
  expect(await ids()).toEqual(['b', 'd']);
  expect(writes().map(({ path }) => path.split('/documents')[1])).toEqual([
    '?primaryKey=id',
    '?primaryKey=id',
    '/delete-batch',
  ]);
});

it('replaces documents: an attribute that is gone is gone', async () => {
  await search.write(index, [document('a', { name: 'A', city: 'Graz' })], []);
  await search.write(index, [document('a', { name: 'A' })], []);
  expect(await engine.index(uid()).getDocument('a')).toEqual(document('a', { name: 'A' }));
});

it('sends at most 5 MB at a time', async () => {
  const text = 'ü'.repeat(12_000);
  const documents = Array.from({ length: 260 }, (_, i) => document(`d${i}`, { name: text }));
  await search.write(index, documents, []);
  const sizes = writes().map(({ body }) => Buffer.byteLength(body));
  expect(sizes.every((size) => size <= 5_000_000)).toBe(true);
  expect(sizes.length).toBe(Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 5_000_000));
  expect((await ids()).length).toBe(260);
});

it('sends a document of any size that DynamoDB can hold', async () => {
  // Each control character takes six bytes in JSON.
  await search.write(index, [document('a'), document('b', { street: '\u0001'.repeat(390_000) }), document('c')], []);
  expect(await ids()).toEqual(['a', 'b', 'c']);
});

describe('202 is not success', () => {
  it('a task that fails', async () => {
    const bad = document('bad', { name: 'half a \ud83d pair' });
    await expect(search.write(index, [document('a'), bad], [])).rejects.toMatchObject({
      code: 'SEARCH_WRITE_FAILED',
      message: expect.stringMatching(/^task \d+ on \S+office failed: .*hex escape/),
      cause: { code: 'internal' },
    });
    // Its neighbours did not make it either, which is why documents are checked before they are sent.
    expect(await ids()).toEqual([]);
  });

  it('a task that succeeds with fewer documents, for the index is deleted in the same batch', async () => {
    await whileQueued(() => engine.deleteIndex(uid()));
    await expect(search.write(index, [document('a'), document('b')], [])).rejects.toMatchObject({
      code: 'SEARCH_WRITE_FAILED',
      message: expect.stringMatching(/succeeded with 0 of 2 documents/),
    });
  });

  it('a task that somebody cancels', async () => {
    await whileQueued((taskUid) => engine.tasks.cancelTasks({ uids: [taskUid] }));
    await expect(search.write(index, [document('a')], [])).rejects.toThrow(/canceled/);
  });

  it('a task that is not processed in time', async () => {
    await occupy();
    await expect(searchWith(200).write(index, [document('a')], [])).rejects.toThrow();
  });

  it('a task that succeeded, but is another one: the server was restored and counts anew', async () => {
    proxy.inject(
      ({ path }) => path.startsWith('/tasks/'),
      async (_request, forward) => {
        const { status, body } = await forward();
        const task = { ...JSON.parse(body.toString()), enqueuedAt: '2020-01-01T00:00:00.000000000Z' };
        return { status, body: Buffer.from(JSON.stringify(task)) };
      },
    );
    await expect(search.write(index, [document('a')], [])).rejects.toThrow(/gone back in time/);
  });

  it('a task that is unknown', async () => {
    proxy.inject(
      ({ method, path }) => method === 'POST' && path.includes('/documents'),
      firstOnly(async (_request, forward) => {
        const { status, body } = await forward();
        return {
          status,
          body: Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), taskUid: 4_000_000_000 })),
        };
      }),
    );
    await expect(search.write(index, [document('a')], [])).rejects.toMatchObject({ cause: { code: 'task_not_found' } });
  });
});

describe('an index that is gone', () => {
  const settings = () => engine.index(uid()).getSettings();

  it.each<[string, () => Promise<void>]>([
    ['an addition', () => search.write(index, [document('a')], [])],
    ['a deletion', () => search.write(index, [], ['a'])],
  ])('%s makes it anew with its settings and says that it is empty; the next one is taken', async (_case, write) => {
    await engine.deleteIndex(uid()).waitTask();
    await expect(write()).rejects.toMatchObject({ code: 'SEARCH_INDEX_LOST' });
    expect(await settings()).toMatchObject({ searchableAttributes: index.settings.searchableAttributes });
    await write();
  });

  it('is not made by a write under a key that may not create indexes', async () => {
    await engine.deleteIndex(uid()).waitTask();
    const actions = ['documents.add', 'documents.delete', 'settings.get', 'tasks.get'] as const;
    const { key, uid: keyUid } = await engine.createKey({ actions: [...actions], indexes: ['*'], expiresAt: null });
    onTestFinished(() => engine.deleteKey(keyUid));
    const options = { host: proxy.url, indexPrefix, searchTimeoutMs: 3_000, writeTimeoutMs: 30_000 };
    await expect(createSearch({ ...options, apiKey: key }).write(index, [document('a')], [])).rejects.toThrow();
    await expect(settings()).rejects.toMatchObject({ cause: { code: 'index_not_found' } });
  });
});

describe('ensureIndex', () => {
  const settings = () => engine.index(uid()).getSettings();
  const right = { searchableAttributes: index.settings.searchableAttributes };

  it('leaves an index alone that has settings, unless it is asked to update them', async () => {
    await engine
      .index(uid())
      .updateSettings({ searchableAttributes: ['zip'] })
      .waitTask();
    expect(await search.ensureIndex(index)).toBe(false);
    expect(await settings()).toMatchObject({ searchableAttributes: ['zip'] });
    expect(await search.ensureIndex(index, { update: true })).toBe(false);
    expect(await settings()).toMatchObject(right);
    expect(writes('PATCH')).toHaveLength(1);
    expect(await search.ensureIndex(index, { update: true })).toBe(false);
    expect(writes('PATCH')).toHaveLength(1);
  });

  it('makes an index that is gone', async () => {
    await engine.deleteIndex(uid()).waitTask();
    expect(await search.ensureIndex(index)).toBe(true);
    expect(await settings()).toMatchObject(right);
  });

  it('gives settings to an index that a write has made, or whose maker died half-way', async () => {
    await engine.deleteIndex(uid()).waitTask();
    await engine
      .index(uid())
      .addDocuments([document('a')], { primaryKey: 'id' })
      .waitTask();
    expect(await search.ensureIndex(index)).toBe(true);
    expect(await settings()).toMatchObject(right);
    expect(await ids()).toEqual(['a']);
  });

  it('is done by several at once, and all may write at once', async () => {
    await engine.deleteIndex(uid()).waitTask();
    const writers = Array.from({ length: 8 }, async (_, i) => {
      await search.ensureIndex(index);
      await search.write(index, [document(`d${i}`)], []);
    });
    await Promise.all(writers);
    expect(await settings()).toMatchObject(right);
    expect(await ids()).toHaveLength(8);
  });
});
