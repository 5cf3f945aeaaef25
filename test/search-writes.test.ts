import { randomUUID } from 'node:crypto';
import { Meilisearch } from 'meilisearch';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Document } from '../src/search/document.ts';
import { officeSearch } from '../src/search/index.ts';
import { until } from './fixtures/processes.ts';
import { documentWriter } from './support/document-writer.ts';
import { type FaultProxy, firstOnly, meanwhile, startFaultProxy } from './support/fault-proxy.ts';

const { host, apiKey } = inject('meilisearch');
const index = officeSearch.open;

let proxy: FaultProxy;
let engine: Meilisearch;
let indexPrefix: string;
let search: ReturnType<typeof documentWriter>;

beforeAll(async () => {
  proxy = await startFaultProxy(host);
  engine = new Meilisearch({ host, apiKey, defaultWaitOptions: { interval: 5, timeout: 60_000 } });
});

afterAll(() => proxy.stop());

const searchWith = (taskTimeoutMs: number) => documentWriter({ host: proxy.url, apiKey, indexPrefix, taskTimeoutMs });

beforeEach(async () => {
  indexPrefix = `test-${randomUUID()}-`;
  search = searchWith(30_000);
  await search.makeIndex(index);
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
const writes = () => proxy.requests.filter(({ method, path }) => method === 'POST' && path.includes('/documents'));

/** Keeps Meilisearch's one scheduler busy, so that what is sent now stays in its queue for a while. */
async function occupy(): Promise<void> {
  const words = Array.from({ length: 30_000 }, (_, i) => ({ id: i, text: `w${i} w${i * 7} w${i * 13}` }));
  const bulk = `${indexPrefix}bulk`;
  onTestFinished(async () => void (await engine.deleteIndex(bulk)));
  const { taskUid } = await engine.index(bulk).addDocuments(words);
  await until(async () => (await engine.tasks.getTask(taskUid)).status === 'processing');
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

it('sends in smaller parts what a proxy finds too large, and lays it to a document only that is too large alone', async () => {
  const page = Buffer.from('<html><body><h1>413 Request Entity Too Large</h1></body></html>');
  proxy.inject(
    ({ method, path, body }) => method === 'POST' && path.includes('/documents') && body.length > 1_000_000,
    async () => ({ status: 413, body: page }),
  );
  const documents = Array.from({ length: 5 }, (_, i) => document(`d${i}`, { name: 'x'.repeat(400_000) }));
  const guilty = await search.write(index, [...documents, document('huge', { name: 'x'.repeat(1_000_001) })], []);
  expect(Object.fromEntries(guilty)).toEqual({ huge: expect.stringMatching(/^413/) });
  expect(await ids()).toEqual(['d0', 'd1', 'd2', 'd3', 'd4']);
});

it('takes any other refusal of a proxy for one: nothing has happened', async () => {
  const page = Buffer.from('<html><body><h1>403 Forbidden</h1></body></html>');
  proxy.inject(
    ({ method, path }) => method === 'POST' && path.includes('/documents'),
    async () => ({ status: 403, body: page }),
  );
  await expect(search.write(index, [document('a')], [])).rejects.toMatchObject({
    code: 'SEARCH_REFUSED',
    reason: 'http_403',
  });
});

describe('202 is not success', () => {
  it('a task that fails is cut down to the documents that are to blame', async () => {
    const bad = document('bad', { name: 'half a \ud83d pair' });
    const guilty = await search.write(index, [document('a'), bad, document('b'), document('c')], []);
    expect(Object.fromEntries(guilty)).toEqual({ bad: expect.stringMatching(/hex escape/) });
    expect(await ids()).toEqual(['a', 'b', 'c']);
  });

  it.each(['internal', 'full_moon'])(
    'a task that fails with %s for a reason that nobody foresaw is not laid to its one document: none is taken',
    async (code) => {
      proxy.inject(
        ({ path }) => path.startsWith('/tasks/'),
        async (_request, forward) => {
          const { status, body } = await forward();
          const task = JSON.parse(body.toString());
          if (task.status !== 'succeeded') return { status, body };
          const error = { code, message: 'the moon is full', type: 'internal', link: '' };
          return { status, body: Buffer.from(JSON.stringify({ ...task, status: 'failed', error })) };
        },
      );
      await expect(search.write(index, [document('a', { name: 'A' })], [])).rejects.toMatchObject({
        code: 'SEARCH_WRITE_FAILED',
        message: expect.stringMatching(/takes none of 1 documents: the moon is full/),
      });
    },
  );

  it('one document that fails alone is to blame when another is taken, and at once when Meilisearch names it', async () => {
    const poison = document('a', { name: 'half a \ud83d pair' });
    expect([...(await search.write(index, [poison], [])).keys()]).toEqual(['a']);
    expect(writes()).toHaveLength(3);
    proxy.requests.length = 0;
    expect([...(await search.write(index, [document('no id')], [])).keys()]).toEqual(['no id']);
    expect(writes()).toHaveLength(1);
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
    await expect(search.write(index, [document('a')], [])).rejects.toMatchObject({ code: 'SEARCH_SERVER_RESTORED' });
  });
});

describe('an index that is gone', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['an addition', () => search.write(index, [document('a')], [])],
    ['a deletion', () => search.write(index, [], ['a'])],
  ])('%s says so and does not make it, for it would have no settings', async (_case, write) => {
    await engine.deleteIndex(uid()).waitTask();
    await expect(write()).rejects.toMatchObject({ code: 'SEARCH_INDEX_MISSING', index: index.name });
    await expect(engine.index(uid()).getSettings()).rejects.toMatchObject({ cause: { code: 'index_not_found' } });
  });
});

it('several at once may make an index, and all may write at once', async () => {
  await engine.deleteIndex(uid()).waitTask();
  const writers = Array.from({ length: 8 }, async (_, i) => {
    await search.makeIndex(index);
    await search.write(index, [document(`d${i}`)], []);
  });
  await Promise.all(writers);
  const { searchableAttributes } = index.settings;
  expect(await engine.index(uid()).getSettings()).toMatchObject({ searchableAttributes });
  expect(await ids()).toHaveLength(8);
});
