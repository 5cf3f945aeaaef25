import type { Settings } from 'meilisearch';
import type { Document } from '../../src/search/document.ts';
import type { DocumentQuery, Engine, IndexInfo, TaskRef, TaskState, WriteKey } from '../../src/search/engine/engine.ts';
import type { EngineTransport } from './engine-transport.ts';
import type { MeilisearchModel } from './meilisearch-model.ts';

/** The engine as a process far from it sees it. */
export class EngineClient implements Engine {
  readonly #server: MeilisearchModel;
  readonly #transport: EngineTransport;
  readonly #adminKey: string;

  /** @param adminKey what the process was configured with */
  constructor(server: MeilisearchModel, transport: EngineTransport, adminKey: string) {
    this.#server = server;
    this.#transport = transport;
    this.#adminKey = adminKey;
  }

  createWriteKey(uid: string, expiresAt: Date): Promise<WriteKey> {
    return this.#admin(`createWriteKey ${uid}`, ({ keys }) => keys.create(uid, expiresAt));
  }

  deleteKey(uid: string): Promise<void> {
    return this.#admin(`deleteKey`, ({ keys }) => keys.delete(uid));
  }

  addDocuments(key: WriteKey, index: string, body: string): Promise<TaskRef> {
    return this.#write(`addDocuments ${index}`, key, (server) => server.addDocuments(index, body), isBeside(index));
  }

  deleteDocuments(key: WriteKey, index: string, ids: readonly string[]): Promise<TaskRef> {
    const perform = (server: MeilisearchModel) => server.deleteDocuments(index, ids);
    return this.#write(`deleteDocuments ${index}`, key, perform, isBeside(index));
  }

  swapIndexes(key: WriteKey, pairs: readonly (readonly [string, string])[]): Promise<TaskRef> {
    return this.#write(`swapIndexes ${pairs.join(' ')}`, key, (server) => server.swapIndexes(pairs));
  }

  createIndex(index: string): Promise<TaskRef> {
    return this.#admin(`createIndex ${index}`, (server) => server.createIndex(index));
  }

  updateSettings(index: string, settings: Settings): Promise<TaskRef> {
    return this.#admin(`updateSettings ${index}`, (server) => server.updateSettings(index, settings));
  }

  deleteIndex(index: string): Promise<TaskRef> {
    return this.#admin(`deleteIndex ${index}`, (server) => server.deleteIndex(index));
  }

  settings(index: string): Promise<Settings | undefined> {
    return this.#admin(`settings ${index}`, (server) => server.settings(index));
  }

  indexes(): Promise<IndexInfo[]> {
    return this.#admin('indexes', (server) => server.indexes());
  }

  task(uid: number): Promise<TaskState | undefined> {
    return this.#admin(`task ${uid}`, ({ tasks }) => tasks.state(uid));
  }

  newestTask(): Promise<TaskState | undefined> {
    return this.#admin('newestTask', ({ tasks }) => tasks.newest());
  }

  pendingTasks(index: string): Promise<TaskState[]> {
    return this.#admin(`pendingTasks ${index}`, ({ tasks }) => tasks.pending(index));
  }

  pendingSwaps(): Promise<TaskState[]> {
    return this.#admin('pendingSwaps', ({ tasks }) => tasks.pendingSwaps());
  }

  batchSize(batch: number): Promise<number> {
    return this.#admin(`batchSize ${batch}`, ({ tasks }) => tasks.batchSize(batch));
  }

  documents(index: string, query: DocumentQuery): Promise<Document[]> {
    // Like the real client, which knows the answer.
    if ('ids' in query && query.ids.length === 0) return Promise.resolve([]);
    return this.#admin(`documents ${index}`, (server) => server.documents(index, query));
  }

  async documentIds(index: string, query: DocumentQuery): Promise<string[]> {
    return (await this.documents(index, query)).map(({ id }) => id);
  }

  #admin<T>(name: string, perform: (server: MeilisearchModel) => T): Promise<T> {
    const admit = () => this.#server.keys.admitAdmin(this.#adminKey);
    return this.#transport.send({ name, isWrite: false, isBeside: false, admit, perform: () => perform(this.#server) });
  }

  #write(
    name: string,
    { key }: WriteKey,
    perform: (server: MeilisearchModel) => TaskRef,
    isBeside = false,
  ): Promise<TaskRef> {
    const admit = () => this.#server.keys.admitWriter(key);
    return this.#transport.send({ name, isWrite: true, isBeside, admit, perform: () => perform(this.#server) });
  }
}

/** Names of live indexes hold no hyphen. */
const isBeside = (index: string): boolean => index.includes('-');
