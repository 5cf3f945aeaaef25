import type { Settings } from 'meilisearch';
import type { Document } from '../document.ts';

/** A task that Meilisearch has accepted. After a restored snapshot numbers are used again, so the time belongs to it. */
export interface TaskRef {
  readonly uid: number;
  /** RFC 3339, to the nanosecond, by Meilisearch's clock. */
  readonly enqueuedAt: string;
}

/** How far a task is. */
export interface TaskState extends TaskRef {
  readonly status: 'enqueued' | 'processing' | 'succeeded' | 'failed' | 'canceled';
  /** Documents that an addition has indexed; 0 until it is done. */
  readonly indexedDocuments: number;
  /** Why it failed. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The automatic batch that it was processed in; undefined until then. */
  readonly batch?: number;
}

/** A key under which writes are sent, and which can be withdrawn. */
export interface WriteKey {
  /** Names it; a UUID. */
  readonly uid: string;
  /** The secret. */
  readonly key: string;
}

/** An index as Meilisearch knows it. */
export interface IndexInfo {
  readonly uid: string;
  /** RFC 3339. Belongs to the contents: it changes its place when indexes are swapped. */
  readonly createdAt: string;
}

/** Which documents of an index to fetch: without a filter, any. */
export type DocumentQuery =
  | { readonly ids: readonly string[] }
  | { readonly filter?: string; readonly offset: number; readonly limit: number };

/**
 * What the indexer asks of Meilisearch, a method a request: none waits for its task, none is sent twice.
 *
 * Each throws EngineRefusal when Meilisearch said no, so that nothing has happened, and EngineUnavailable when it did
 * not answer or answered with a fault of its own; whether the request takes effect, now or later, is unknown then.
 */
export interface Engine {
  /**
   * Makes a key that may write documents of all indexes of this stage and swap them, but create none.
   *
   * @param uid a new UUID, known to the caller also when there is no answer
   * @param expiresAt once it has passed, the key can't be made any more either
   */
  createWriteKey(uid: string, expiresAt: Date): Promise<WriteKey>;
  /** Withdraws a key, if there is one: from then on nothing that is sent under it is accepted. */
  deleteKey(uid: string): Promise<void>;
  /** Replaces documents whole. @param body a JSON array of documents */
  addDocuments(key: WriteKey, index: string, body: string): Promise<TaskRef>;
  /** Deletes documents; ids that are unknown do no harm. */
  deleteDocuments(key: WriteKey, index: string, ids: readonly string[]): Promise<TaskRef>;
  /** Exchanges the contents and settings of the indexes of each pair, of all pairs at once. */
  swapIndexes(key: WriteKey, pairs: readonly (readonly [string, string])[]): Promise<TaskRef>;
  createIndex(index: string): Promise<TaskRef>;
  updateSettings(index: string, settings: Settings): Promise<TaskRef>;
  deleteIndex(index: string): Promise<TaskRef>;
  /** Undefined when there is no such index. */
  settings(index: string): Promise<Settings | undefined>;
  /** All indexes of this stage. */
  indexes(): Promise<IndexInfo[]>;
  /** Undefined when the number is unknown. */
  task(uid: number): Promise<TaskState | undefined>;
  /** The newest task of all; undefined when there has never been one. */
  newestTask(): Promise<TaskState | undefined>;
  /** The tasks of an index that are not done, the newest 1,000 of them. Swaps are not among them. */
  pendingTasks(index: string): Promise<TaskState[]>;
  /** The swaps, of whatever indexes, that are not done. */
  pendingSwaps(): Promise<TaskState[]>;
  /** How many tasks an automatic batch was made of. */
  batchSize(batch: number): Promise<number>;
  /** Documents with all their fields, in no order; unknown ids are left out. @throws EngineRefusal `index_not_found` */
  documents(index: string, query: DocumentQuery): Promise<Document[]>;
  /** Ids of documents, as {@link documents} finds them. @throws EngineRefusal `index_not_found` */
  documentIds(index: string, query: DocumentQuery): Promise<string[]>;
}
