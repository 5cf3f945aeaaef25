import { Meilisearch, type Settings, type Task, type TasksOrBatchesQuery } from 'meilisearch';
import type { Document } from '../document.ts';
import type { DocumentQuery, Engine, IndexInfo, TaskRef, TaskState, WriteKey } from './engine.ts';
import { ask, sendRequest, unless } from './http.ts';

/** Where Meilisearch is, and under which key the indexer speaks to it. */
export interface EngineOptions {
  readonly host: string;
  /** May manage indexes and keys, and read tasks. */
  readonly apiKey: string;
  /** Put before every index name, so that stages and tests can share a server. */
  readonly indexPrefix: string;
  /** For one request to be answered, milliseconds. */
  readonly requestTimeoutMs: number;
}

/** More indexes, or tasks of one index, than anybody waits for. */
const ALL = 1_000;

/** What a writer needs, and no more: it must not make an index that somebody has deleted. */
const WRITER_ACTIONS = ['documents.add', 'documents.delete', 'indexes.swap'] as const;

/** The engine behind Meilisearch's HTTP API. */
export const createEngine = (options: EngineOptions): Engine => new MeilisearchEngine(options);

class MeilisearchEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #client: Meilisearch;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#client = this.#clientOf(options.apiKey);
  }

  #clientOf(apiKey: string): Meilisearch {
    const { host, requestTimeoutMs: timeout } = this.#options;
    // Compressed answers meet delayed acknowledgements: 44 ms a call instead of 2.
    const requestInit = { headers: { 'accept-encoding': 'identity' } };
    return new Meilisearch({ host, apiKey, timeout, requestInit, httpClient: sendRequest });
  }

  #uid = (index: string): string => `${this.#options.indexPrefix}${index}`;

  createWriteKey(uid: string, expiresAt: Date): Promise<WriteKey> {
    return ask(async () => {
      const { key } = await this.#client.createKey({
        uid,
        description: 'A writer of the search indexes, withdrawn when it is done.',
        actions: [...WRITER_ACTIONS],
        // An empty prefix would make this `*`, which is what it means.
        indexes: [`${this.#options.indexPrefix}*`],
        expiresAt,
      });
      return { uid, key };
    });
  }

  deleteKey(uid: string): Promise<void> {
    return ask(async () => void (await this.#client.deleteKey(uid).catch(unless('api_key_not_found'))));
  }

  addDocuments({ key }: WriteKey, index: string, body: string): Promise<TaskRef> {
    const client = this.#clientOf(key).index(this.#uid(index));
    return this.#enqueued(() => client.addDocumentsFromString(body, 'application/json', { primaryKey: 'id' }));
  }

  deleteDocuments({ key }: WriteKey, index: string, ids: readonly string[]): Promise<TaskRef> {
    return this.#enqueued(() =>
      this.#clientOf(key)
        .index(this.#uid(index))
        .deleteDocuments([...ids]),
    );
  }

  swapIndexes({ key }: WriteKey, pairs: readonly (readonly [string, string])[]): Promise<TaskRef> {
    const swaps = pairs.map(([a, b]) => ({ indexes: [this.#uid(a), this.#uid(b)] as [string, string], rename: false }));
    return this.#enqueued(() => this.#clientOf(key).swapIndexes(swaps));
  }

  createIndex(index: string): Promise<TaskRef> {
    return this.#enqueued(() => this.#client.createIndex(this.#uid(index), { primaryKey: 'id' }));
  }

  updateSettings(index: string, settings: Settings): Promise<TaskRef> {
    return this.#enqueued(() => this.#client.index(this.#uid(index)).updateSettings(settings));
  }

  deleteIndex(index: string): Promise<TaskRef> {
    return this.#enqueued(() => this.#client.deleteIndex(this.#uid(index)));
  }

  settings(index: string): Promise<Settings | undefined> {
    return ask(() => this.#client.index(this.#uid(index)).getSettings().catch(unless('index_not_found')));
  }

  indexes(): Promise<IndexInfo[]> {
    const { indexPrefix } = this.#options;
    return ask(async () => {
      const found: IndexInfo[] = [];
      for (let offset = 0, total = 1; offset < total; offset += ALL) {
        const page = await this.#client.getRawIndexes({ offset, limit: ALL });
        total = page.total ?? 0;
        const own = page.results.filter(({ uid }) => uid.startsWith(indexPrefix));
        found.push(
          ...own.map(({ uid, createdAt }) => ({ uid: uid.slice(indexPrefix.length), createdAt: `${createdAt}` })),
        );
      }
      return found;
    });
  }

  task(uid: number): Promise<TaskState | undefined> {
    return ask(async () => {
      const task = await this.#client.tasks.getTask(uid).catch(unless('task_not_found'));
      return task && stateOf(task);
    });
  }

  newestTask(): Promise<TaskState | undefined> {
    return ask(async () => (await this.#client.tasks.getTasks({ limit: 1 })).results.map(stateOf)[0]);
  }

  pendingTasks(index: string): Promise<TaskState[]> {
    return this.#pending({ indexUids: [this.#uid(index)] });
  }

  pendingSwaps(): Promise<TaskState[]> {
    return this.#pending({ types: ['indexSwap'] });
  }

  #pending(which: TasksOrBatchesQuery): Promise<TaskState[]> {
    return ask(async () => {
      const query: TasksOrBatchesQuery = { ...which, statuses: ['enqueued', 'processing'], limit: ALL };
      return (await this.#client.tasks.getTasks(query)).results.map(stateOf);
    });
  }

  batchSize(batch: number): Promise<number> {
    return ask(async () => (await this.#client.batches.getBatch(batch)).stats.totalNbTasks);
  }

  documents(index: string, query: DocumentQuery): Promise<Document[]> {
    return this.#fetch<Document>(index, query);
  }

  async documentIds(index: string, query: DocumentQuery): Promise<string[]> {
    const found = await this.#fetch<Pick<Document, 'id'>>(index, { ...query, fields: ['id'] });
    return found.map(({ id }) => id);
  }

  #fetch<Found>(index: string, query: DocumentQuery & { readonly fields?: readonly string[] }): Promise<Found[]> {
    return ask(async () => {
      if ('ids' in query && query.ids.length === 0) return [];
      const body = 'ids' in query ? { ...query, limit: query.ids.length } : query;
      // The client's own method puts ids into the address, which Meilisearch takes up to 64 KB only.
      const path = `indexes/${this.#uid(index)}/documents/fetch`;
      return (await this.#client.httpRequest.post<{ readonly results: Found[] }>({ path, body })).results;
    });
  }

  #enqueued(send: () => Promise<{ readonly taskUid: number; readonly enqueuedAt: string }>): Promise<TaskRef> {
    return ask(async () => {
      const { taskUid, enqueuedAt } = await send();
      return { uid: taskUid, enqueuedAt };
    });
  }
}

const stateOf = ({ uid, enqueuedAt, status, details, error, batchUid }: Task): TaskState => ({
  uid,
  enqueuedAt,
  status,
  indexedDocuments: details?.indexedDocuments ?? 0,
  ...(error ? { error: { code: error.code, message: error.message } } : {}),
  ...(batchUid === null ? {} : { batch: batchUid }),
});
